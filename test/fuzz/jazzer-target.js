// Jazzer.js loads files with this ending only.
export { fuzz } from './fuzz-one.ts';
