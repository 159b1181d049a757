// Decides where a broker comes from: the first way that works.

export type Way = 'environment' | 'docker' | 'native' | 'install' | 'none';

/** What the choice rests on. */
export interface WayFacts {
  /** SEALWIRE_BROKERS. */
  readonly forced: string | undefined;
  /** The variable with addresses of this broker, and whether it is set. */
  readonly variable: string;
  readonly addressGiven: boolean;
  /** Null where a Docker daemon answers; otherwise why not. */
  readonly dockerProblem: string | null;
  /** Debian packages that a native broker lacks. */
  readonly missing: readonly string[];
  /** Root on Debian. */
  readonly canInstall: boolean;
}

export interface Choice {
  readonly way: Way;
  /** For people; where the way is `none`, what to type. */
  readonly why: string;
}

export function chooseWay(facts: WayFacts): Choice {
  const { forced, missing } = facts;
  if (forced !== undefined && forced !== 'docker' && forced !== 'native')
    return {
      way: 'none',
      why: `SEALWIRE_BROKERS is ${JSON.stringify(forced)}; set it to docker or native, or unset it.`,
    };
  if (forced === undefined && facts.addressGiven)
    return { way: 'environment', why: `${facts.variable} is set` };
  if (forced !== 'native' && facts.dockerProblem === null)
    return {
      way: 'docker',
      why: forced === 'docker' ? 'SEALWIRE_BROKERS=docker' : 'a Docker daemon answers',
    };
  if (forced === 'docker')
    return {
      way: 'none',
      why: `SEALWIRE_BROKERS=docker, but ${facts.dockerProblem}. Start a Docker daemon, or unset SEALWIRE_BROKERS.`,
    };

  const noDocker = forced === 'native' ? 'SEALWIRE_BROKERS=native' : `no Docker (${facts.dockerProblem})`;
  if (missing.length === 0) return { way: 'native', why: `${noDocker}; what it needs is installed` };
  if (facts.canInstall)
    return { way: 'install', why: `${noDocker}; ${missing.join(', ')} missing, and this is root on Debian` };
  return {
    way: 'none',
    why:
      `${noDocker}, and no native broker: ${missing.join(', ')} missing. Start a Docker daemon, or type:\n` +
      `  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing.join(' ')}\n` +
      `(elsewhere than on Debian: install the same by your package manager), or set ${facts.variable}.`,
  };
}
