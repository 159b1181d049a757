// Follows the ceremony: every command of DESIGN.md, as it stands there, in its order.
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const text = readFileSync(new URL('../DESIGN.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

describe('the ceremony', () => {
  it('can be followed with copy and paste', async () => {
    expect(blocks.length).toBeGreaterThan(12);
    const folder = mkdtempSync(join(tmpdir(), 'sealwire-ceremony-'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    expect(existsSync(main)).toBe(true);
    writeFileSync(join(bin, 'sealwire'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    chmodSync(join(bin, 'sealwire'), 0o755);
    const script = `set -euo pipefail\n${blocks.join('\necho "-- next --"\n')}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    const outputs = stdout.split('-- next --\n');
    const of = (command: string): string => outputs[blocks.findIndex((block) => block.includes(command))]!;
    expect(of('root-2.json')).toContain('In force: root document 2');
    expect(of('root-3.json')).toContain('In force: root document 3');
    expect(of('one.request --issuer-key')).toContain(
      'orchestrator, researcher, writers/one. Its keys are in place.',
    );
    expect(of('group change team --remove')).toContain('Removed writers/one.');
    expect(of('keys rotate --force orchestrator team')).toContain('team: new sealing key');
    expect(of('keys revoke researcher')).toContain('Revoked message-signing key');
    expect(of('keys rotate --force researcher')).toContain('researcher: new message-signing key');
    expect(of('again.request')).toContain('Listed sealing key');
    expect(of('root-7.json')).toContain('In force: root document 7');
    const expired = of('sleep 2');
    expect(expired).toContain('EXPIRED');
    expect(expired.trimEnd()).toMatch(/Everything verifies\.$/);
    expect(of('directory diff')).toContain('Nothing changed.');
  });

  it('shows a policy that is valid', async () => {
    const { readPolicy } = await import('@sealwire/policy');
    const { initFolder } = await import('../src/init-folder.js');
    const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-ceremony-')), 'made');
    const { policyFile } = await initFolder({ folder, agents: ['orchestrator', 'researcher'] });
    const [, yaml] = /^```yaml\n([\s\S]*?)^```$/m.exec(text)!;
    const given = readFileSync(policyFile, 'utf8').replace(/^rotation:\n(?: .*\n|\n|#.*\n)*/m, '');
    writeFileSync(policyFile, `${given}\n${yaml!}`);
    expect(readPolicy(policyFile).rotation).toMatchObject({
      intervalMs: 86_400_000,
      destroyAfterMs: 30 * 86_400_000,
      issuer: { keyFile: join(folder, 'issuers/issuer-key.pem') },
    });
  });
});
