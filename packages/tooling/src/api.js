// Writes each package's public surface to packages/*/etc/*.api.md, or says where it differs: a change of API shows in review.
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import apiExtractor from '@microsoft/api-extractor';

const { Extractor, ExtractorConfig } = apiExtractor;
const root = new URL('../../..', import.meta.url).pathname;
const update = process.argv.includes('--update');
let differs = false;

for (const file of globSync(`${root}packages/*/package.json`).sort()) {
  const folder = dirname(file);
  const { private: isPrivate } = JSON.parse(readFileSync(file, 'utf8'));
  if (isPrivate) continue;
  mkdirSync(join(folder, 'etc'), { recursive: true });
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: file,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'dist/index.d.ts'),
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${basename(folder)}.api.md`,
        reportFolder: join(folder, 'etc'),
        reportTempFolder: join(folder, 'dist'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: update,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === 'error') {
        differs = true;
        console.error(`${basename(folder)}: ${message.text}`);
      }
    },
  });
  if (apiReportChanged && !update) {
    differs = true;
    console.error(
      `${basename(folder)}: the public API differs from etc/${basename(folder)}.api.md. If that is meant, run npm run api -- --update and commit it.`,
    );
  }
}
process.exit(differs ? 1 : 0);
