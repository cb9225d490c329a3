import { safeText } from '../../safe-text.ts';
import { CertificateError, type Der, expectUniversal, isUniversal, readOid, tags } from './der.ts';
import { numberText, objectName, primitiveOf } from './general-names.ts';
import { piece, stringOf } from './text.ts';

const practiceStatement = '1.3.6.1.5.5.7.2.1';
const userNotice = '1.3.6.1.5.5.7.2.2';

/** Certificate policies with their qualifiers, indented below. */
export function policiesText(value: Der): string[] {
  return expectUniversal(value, tags.sequence, 'the policies').children.flatMap((policy) => {
    const [oid, qualifiers] = expectUniversal(policy, tags.sequence, 'a policy').children;
    const lines = [`Policy: ${objectName(readOid(oid))}`];
    if (qualifiers === undefined) return lines;
    const below = expectUniversal(qualifiers, tags.sequence, 'the qualifiers').children.flatMap(
      qualifierText,
    );
    return [...lines, ...below.map((line) => `  ${line}`)];
  });
}

function qualifierText(value: Der): string[] {
  const [type, content] = expectUniversal(value, tags.sequence, 'a qualifier').children;
  const oid = readOid(type);
  if (oid === practiceStatement)
    return [`CPS: ${piece(primitiveOf(content, tags.ia5String, 'the statement'))}`];
  if (oid !== userNotice) return [`  Unknown Qualifier: ${objectName(oid)}`];
  const lines = ['User Notice:'];
  for (const part of expectUniversal(content, tags.sequence, 'the notice').children) {
    if (isUniversal(part, tags.sequence)) lines.push(...noticeReferenceText(part));
    else lines.push(`  Explicit Text: ${safeText(stringOf(part))}`);
  }
  return lines;
}

function noticeReferenceText(value: Der): string[] {
  const [organization, numbers] = value.children;
  if (organization === undefined) throw new CertificateError('a notice names no organisation');
  const all = expectUniversal(numbers, tags.sequence, 'the notice numbers').children.map((number) =>
    numberText(primitiveOf(number, tags.integer, 'a notice number')),
  );
  return [
    `  Organization: ${safeText(stringOf(organization))}`,
    `  Number${all.length > 1 ? 's' : ''}: ${all.join(', ')}`,
  ];
}

/** Policies of the issuer beside the ones that they stand for. */
export function policyMappingsText(value: Der): string[] {
  const pairs = expectUniversal(value, tags.sequence, 'the policy mappings').children.map((pair) => {
    const [issuer, subject] = expectUniversal(pair, tags.sequence, 'a policy mapping').children;
    return `${objectName(readOid(issuer))}:${objectName(readOid(subject))}`;
  });
  return [pairs.join(', ') || '<EMPTY>'];
}
