// `sealwire completion bash|zsh`: a script that completes commands and options.
import { Argument, type Command } from 'commander';
import type { Streams } from './output.js';

export function addCompletion(program: Command, streams: Streams): void {
  program
    .command('completion')
    .summary('print a script that completes commands in a shell')
    .description('Prints a script that completes commands and options in bash or zsh.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .addHelpText(
      'after',
      `
Examples:
  source <(sealwire completion bash)
  sealwire completion zsh > ~/.sealwire-completion && echo 'source ~/.sealwire-completion' >> ~/.zshrc

Exit codes: 0 done, 2 wrong command line.`,
    )
    .action((shell: string) => streams.out(completionScript(program, shell === 'zsh')));
}

/** What can follow each command, by its words. Options are offered everywhere, files where nothing else fits. */
function completionScript(program: Command, zsh: boolean): string {
  const cases: string[] = [];
  const walk = (command: Command, path: readonly string[]): void => {
    const words = [
      ...command.commands.map((each) => each.name()),
      ...command.options.map(({ long }) => long).filter((long) => long !== undefined),
      '--help',
    ];
    cases.push(`    '${path.join(' ')}') words='${words.join(' ')}' ;;`);
    for (const each of command.commands) walk(each, [...path, each.name()]);
  };
  walk(program, []);
  return [
    ...(zsh ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_sealwire() {',
    "  local word path='' words=''",
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) break ;; esac',
    '    case "${path:+$path }$word" in',
    `      ${cases
      .map((line) => /'(.*?)'/.exec(line)![1]!)
      .filter(Boolean)
      .map((path) => `'${path}'`)
      .join('|')}) path="\${path:+$path }$word" ;;`,
    '      *) break ;;',
    '    esac',
    '  done',
    '  case "$path" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _sealwire sealwire',
    '',
  ].join('\n');
}
