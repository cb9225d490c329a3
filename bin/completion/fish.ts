import { type Completable, namesCommand, steps, type Value, valueFlags } from './words.ts';

/** Text inside single quotes of fish, where only the quote and the backslash are special. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function offer(value: Value): string {
  if (value.kind === 'words') return `-xa ${quoted(value.words.join(' '))}`;
  if (value.kind === 'file') return '-rF';
  if (value.kind === 'unknown') return '-x';
  return `-xa '(__fabrictop_names ${value.kind})'`;
}

/** Completion for fish 3. */
export function fishCompletion(all: readonly Completable[]): string {
  const lines = all.flatMap(({ path, commands, options, argument }) => {
    const at = `complete -c fabrictop -n ${quoted(`__fabrictop_at ${quoted(path)}`)}`;
    return [
      ...commands.map(({ name, description }) => `${at} -a ${quoted(name)} -d ${quoted(description)}`),
      ...options.map(({ flags, description, value }) => {
        const names = flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        );
        return `${at} ${names.join(' ')}${value ? ` ${offer(value)}` : ''} -d ${quoted(description)}`;
      }),
      ...(argument && commands.length === 0
        ? [`${at} ${offer(argument).replace(/^-rF$/, '-F').replace(/^-x$/, '-f')}`]
        : []),
    ];
  });
  const moves = steps(all).map(
    ({ from, name, to }) =>
      `            case ${quoted(`${from}:${name}`)}\n                set at ${quoted(to)}`,
  );
  return `# fish completion for fabrictop: fabrictop completion fish > ~/.config/fish/completions/fabrictop.fish
function __fabrictop_at
    set -l at ''
    set -l value no
    for word in (commandline -opc)[2..-1]
        if test $value = yes
            set value no
            continue
        end
        switch $word
            case ${valueFlags(all).join(' ')}
                set value yes
                continue
        end
        switch "$at:$word"
${moves.join('\n')}
        end
    end
    test "$at" = "$argv[1]"
end
function __fabrictop_names
    set -l words (commandline -opc)
    set -l config
    if set -l index (contains -i -- --config $words)
        set config --config $words[(math $index + 1)]
    end
    $words[1] $config ${namesCommand} $argv[1] 2>/dev/null
end
complete -c fabrictop -f
${lines.join('\n')}
`;
}
