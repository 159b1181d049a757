// A tool that a test needs and Debian has: found, or installed where that is allowed.
import { canInstall, install } from './native-tools.js';

/**
 * @param works whether it is here and usable
 * @param packages what brings it on Debian
 * @returns `null` where it is here now, else why not and what to type, for a notice; never rejects
 */
export async function debianTool(
  works: () => Promise<boolean>,
  packages: readonly string[],
  log: (line: string) => void,
): Promise<string | null> {
  if (await works()) return null;
  const advice = `Type: apt-get install ${packages.join(' ')}`;
  if (!(await canInstall())) return `It is not here, and only root on Debian can install it. ${advice}`;
  try {
    await install(packages, log);
  } catch (error) {
    return `It could not be installed: ${(error as Error).message}`;
  }
  return (await works()) ? null : `It does not work after its installation. ${advice}`;
}
