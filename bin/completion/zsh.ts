import { type Completable, namesCommand, quoted, steps, type Value, valueFlags } from './words.ts';

/** A word and what it does, as `_describe` takes them. */
function described(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${description}`);
}

function offer(value: Value): string {
  if (value.kind === 'words') return `compadd -- ${value.words.map(quoted).join(' ')}`;
  if (value.kind === 'file') return '_files';
  if (value.kind === 'unknown') return '_message value';
  return `compadd -- \${(f)"$($words[1] $config ${namesCommand} ${value.kind} 2>/dev/null)"}`;
}

/** Completion for zsh 5. */
export function zshCompletion(all: readonly Completable[]): string {
  const values = all.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value
        ? [`    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${offer(value)}; return ;;`]
        : [],
    ),
  );
  const offers = all.map(({ path, commands, options, argument }) => {
    const flags = options.flatMap((option) =>
      option.flags.map((flag) => described(flag, option.description)),
    );
    const names = commands.map(({ name, description }) => described(name, description));
    const others = argument && names.length === 0 ? offer(argument) : '_describe command commands';
    return `    ${quoted(path)})
      options=(${flags.join(' ')})
      commands=(${names.join(' ')})
      if [[ $words[CURRENT] == -* ]]; then _describe -o option options; else ${others}; fi ;;`;
  });
  return `#compdef fabrictop
# zsh completion for fabrictop: put it in a directory of $fpath as _fabrictop, or eval "$(fabrictop completion zsh)"
_fabrictop() {
  local at='' index=2
  local -a config options commands
  while ((index < CURRENT)); do
    case $words[index] in
      --config) config=(--config "$words[index+1]"); ((index += 2)); continue ;;
      ${valueFlags(all).join('|')}) ((index += 2)); continue ;;
    esac
    case "$at:$words[index]" in
${steps(all)
  .map(({ from, name, to }) => `      ${quoted(`${from}:${name}`)}) at=${quoted(to)} ;;`)
  .join('\n')}
    esac
    ((index += 1))
  done
  case "$at:$words[CURRENT-1]" in
${values.join('\n')}
  esac
  case $at in
${offers.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_fabrictop" ]; then _fabrictop "$@"; else compdef _fabrictop fabrictop; fi
`;
}
