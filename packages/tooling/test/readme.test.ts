// Every TypeScript example of every README compiles against the built packages.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url).pathname;
const readmes = ['README.md', ...globSync('packages/*/README.md', { cwd: root })].sort();

/** What a fragment may leave out: names that the text around it explains, and what follows from that. */
const leftOut = new Set([2304, 2552, 2582, 2593, 18004, 7006, 7031]);

/** The first page's examples are whole programs. */
const isWhole = (file: string) => file.includes('/README-md');

describe('the READMEs', () => {
  it('have examples that compile', () => {
    const folder = mkdtempSync(join(root, 'packages/tooling/examples-'));
    try {
      const files = readmes.flatMap((readme) => {
        const blocks = [...readFileSync(join(root, readme), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)];
        return blocks.map(([, code], index) => {
          const file = join(folder, `${readme.replaceAll(/[/.]/g, '-')}-${index}.ts`);
          writeFileSync(file, `${code!}\nexport {};\n`);
          return file;
        });
      });
      expect(files.length).toBeGreaterThan(5);
      const program = ts.createProgram(files, {
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        types: ['node'],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      });
      const problems = ts
        .getPreEmitDiagnostics(program)
        .filter(({ code, file }) => isWhole(file?.fileName ?? '') || !leftOut.has(code))
        .map((diagnostic) => {
          const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
          return `${diagnostic.file?.fileName.slice(folder.length + 1) ?? ''}: ${text}`;
        });
      expect(problems).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('exist for every package', () => {
    const packages = globSync('packages/*/package.json', { cwd: root }).map((file) =>
      file.replace('package.json', 'README.md'),
    );
    expect(packages.filter((file) => !readmes.includes(file) && !file.includes('tooling'))).toEqual([]);
  });
});
