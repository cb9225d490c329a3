import { createInterface } from 'node:readline';

/** Shows `text` and the prompt on standard output, and reads one line of the terminal; null at the end of input. */
export async function askLine(text: string, prompt: string): Promise<string | null> {
  await new Promise<void>((resolve) => process.stdout.write(`${text}${prompt}`, () => resolve()));
  const lines = createInterface({ input: process.stdin });
  const answer = await new Promise<string | null>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(null));
  });
  lines.close();
  return answer;
}
