/** Characters of a secret that are too many to be there by chance. */
const tellingPiece = 8;

/**
 * A text of the server without any secret of ours that it repeats, also as JSON, URLs and headers write it. Where only a
 * piece of one is left, nothing of the text is.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret !== '').flatMap(writtenForms);
  const rest = forms.reduce((left, form) => left.replaceAll(form, '***'), text);
  return forms.some((form) => holdsPieceOf(rest, form)) ? '***' : rest;
}

function writtenForms(secret: string): string[] {
  const utf8 = Buffer.from(secret);
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
  const wrongly = utf8.toString('latin1');
  return [...forms, wrongly, JSON.stringify(wrongly).slice(1, -1), utf8.toString('base64')];
}

function holdsPieceOf(text: string, secret: string): boolean {
  for (let at = 0; at + tellingPiece <= secret.length; at += 1)
    if (text.includes(secret.slice(at, at + tellingPiece))) return true;
  return false;
}
