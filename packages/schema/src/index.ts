// For the facade.
export { checkContent } from './check-content.js';
