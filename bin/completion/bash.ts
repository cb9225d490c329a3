import { type Completable, namesCommand, quoted, steps, type Value, valueFlags } from './words.ts';

function reply(value: Value): string {
  if (value.kind === 'words')
    return `COMPREPLY=($(compgen -W ${quoted(value.words.join(' '))} -- "$current"))`;
  if (value.kind === 'file') return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (value.kind === 'unknown') return 'COMPREPLY=()';
  return `COMPREPLY=($(compgen -W "$("$1" "\${config[@]}" ${namesCommand} ${value.kind} 2>/dev/null)" -- "$current"))`;
}

/** Completion for bash 3.2 and later. */
export function bashCompletion(all: readonly Completable[]): string {
  const values = all.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value
        ? [`    ${flags.map((flag) => quoted(`${path}:${flag}`)).join('|')}) ${reply(value)}; return ;;`]
        : [],
    ),
  );
  const words = all.map(({ path, commands, options, argument }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    const names = commands.map(({ name }) => name).join(' ');
    const others =
      argument && names === '' ? reply(argument) : `COMPREPLY=($(compgen -W ${quoted(names)} -- "$current"))`;
    return `    ${quoted(path)})
      if [[ $current == -* ]]; then COMPREPLY=($(compgen -W ${quoted(flags)} -- "$current"))
      else ${others}; fi ;;`;
  });
  return `# bash completion for fabrictop: eval "$(fabrictop completion bash)"
_fabrictop() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= index=1
  local -a config=()
  while ((index < COMP_CWORD)); do
    case \${COMP_WORDS[index]} in
      --config) config=(--config "\${COMP_WORDS[index+1]}"); ((index += 2)); continue ;;
      ${valueFlags(all).join('|')}) ((index += 2)); continue ;;
    esac
    case "$path:\${COMP_WORDS[index]}" in
${steps(all)
  .map(({ from, name, to }) => `      ${quoted(`${from}:${name}`)}) path=${quoted(to)} ;;`)
  .join('\n')}
    esac
    ((index += 1))
  done
  case "$path:$previous" in
${values.join('\n')}
  esac
  case $path in
${words.join('\n')}
  esac
}
complete -F _fabrictop fabrictop
`;
}
