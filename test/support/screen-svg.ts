import type { Terminal } from '@xterm/headless';

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 12;
// From the top of a line down to where its letters stand.
const baseline = 13;
const background = '#16181d';
const foreground = '#d7dae0';
// The sixteen ANSI colours of a common dark palette: the program names colours, a terminal decides their hue.
const palette = [
  '#3b4048 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #d7dae0',
  '#7f848e #ff7a85 #b5e890 #ffd68a #7cc4ff #e29bf5 #76dbe6 #ffffff',
].flatMap((row) => row.split(' '));

interface Run {
  text: string;
  column: number;
  width: number;
  fill: string;
  back: string;
  bold: boolean;
}

/** The terminal's screen as an SVG picture: the cells as the emulator holds them, colours and weights included. */
export function screenSvg(terminal: Terminal, title: string): string {
  const width = Math.ceil(terminal.cols * cellWidth + 2 * margin);
  const height = Math.ceil(terminal.rows * cellHeight + 2 * margin);
  const parts: string[] = [];
  for (let row = 0; row < terminal.rows; row += 1) {
    const top = margin + row * cellHeight;
    for (const run of runs(terminal, row)) {
      const left = (margin + run.column * cellWidth).toFixed(1);
      const length = (run.width * cellWidth).toFixed(1);
      if (run.back !== background) {
        parts.push(
          `<rect x="${left}" y="${top}" width="${length}" height="${cellHeight}" fill="${run.back}"/>`,
        );
      }
      if (run.text.trim() === '') continue;
      const weight = run.bold ? ' font-weight="bold"' : '';
      parts.push(
        `<text x="${left}" y="${top + baseline}" textLength="${length}" fill="${run.fill}"${weight}>${entities(run.text)}</text>`,
      );
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${entities(title)}">`,
    `<title>${entities(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    `<g font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve" lengthAdjust="spacingAndGlyphs">`,
    ...parts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The lines that a picture of `screenSvg` shows, without trailing blanks. */
export function svgLines(svg: string): string[] {
  const lines: string[] = [];
  for (const [, left, top, escaped] of svg.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]*>([^<]*)<\/text>/g)) {
    const row = (Number(top) - baseline - margin) / cellHeight;
    const column = Math.round((Number(left) - margin) / cellWidth);
    const text = (escaped ?? '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    lines[row] = `${(lines[row] ?? '').padEnd(column)}${text}`.trimEnd();
  }
  return Array.from(lines, (line) => line ?? '');
}

function runs(terminal: Terminal, row: number): Run[] {
  const found: Run[] = [];
  const buffer = terminal.buffer.active;
  const line = buffer.getLine(buffer.viewportY + row);
  for (let column = 0; line && column < terminal.cols; column += 1) {
    const cell = line.getCell(column);
    const width = cell?.getWidth() ?? 0;
    if (!cell || width === 0) continue;
    let fill = colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor(), foreground);
    let back = colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor(), background);
    if (cell.isInverse()) [fill, back] = [back, fill];
    if (cell.isDim()) fill = '#8b9099';
    const bold = cell.isBold() !== 0;
    const text = cell.getChars() || ' ';
    const last = found.at(-1);
    // A wide character stands alone, so that its neighbours keep their columns whatever font draws it.
    if (last && width === 1 && last.width === [...last.text].length && same(last, fill, back, bold)) {
      last.text += text;
      last.width += 1;
    } else {
      found.push({ text, column, width, fill, back, bold });
    }
  }
  return found;
}

function same(run: Run, fill: string, back: string, bold: boolean): boolean {
  return run.fill === fill && run.back === back && run.bold === bold;
}

function colour(isDefault: boolean, isRgb: boolean, value: number, standard: string): string {
  if (isDefault) return standard;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  return palette[value] ?? standard;
}

function entities(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
