import { CertificateError, type Der, expectUniversal, isContext, isUniversal, tags } from './der.ts';
import { addressRangeText, generalNameText, numberText, primitiveOf } from './general-names.ts';

export interface BasicConstraints {
  isCa: boolean;
  /** Intermediate certificates that may follow below, as printed; null where there is no limit. */
  pathLength: string | null;
}

/** @throws {CertificateError} when the value is not the content of Basic Constraints. */
export function readBasicConstraints(value: Der): BasicConstraints {
  const [first, second] = expectUniversal(value, tags.sequence, 'the basic constraints').children;
  const hasFlag = isUniversal(first, tags.boolean);
  const limit = hasFlag ? second : first;
  return {
    isCa: hasFlag && first.bytes.some((octet) => octet !== 0),
    pathLength: limit === undefined ? null : numberText(primitiveOf(limit, tags.integer, 'the path length')),
  };
}

export function basicConstraintsText(value: Der): string[] {
  const { isCa, pathLength } = readBasicConstraints(value);
  return [`CA:${isCa ? 'TRUE' : 'FALSE'}${pathLength === null ? '' : `, pathlen:${pathLength}`}`];
}

/** The names that certificates below may and may not carry. */
export function nameConstraintsText(value: Der): string[] {
  const lines: string[] = [];
  for (const subtrees of expectUniversal(value, tags.sequence, 'the name constraints').children) {
    if (!isContext(subtrees, 0) && !isContext(subtrees, 1))
      throw new CertificateError('the name constraints hold something else');
    if (subtrees.children.length > 0) lines.push(subtrees.tag === 0 ? 'Permitted:' : 'Excluded:');
    for (const subtree of subtrees.children) {
      const base = expectUniversal(subtree, tags.sequence, 'a name constraint').children[0];
      if (base === undefined) throw new CertificateError('a name constraint is empty');
      lines.push(`  ${addressRangeText(base) ?? generalNameText(base, 'own-line')}`);
    }
  }
  return lines;
}

const policyLimits: Readonly<Record<number, string>> = {
  0: 'Require Explicit Policy',
  1: 'Inhibit Policy Mapping',
};

/** How many certificates may follow before the policies count. */
export function policyConstraintsText(value: Der): string[] {
  const limits = expectUniversal(value, tags.sequence, 'the policy constraints').children.map((part) => {
    const label = part.class === 'context' ? policyLimits[part.tag] : undefined;
    if (label === undefined) throw new CertificateError('the policy constraints hold something else');
    return `${label}:${numberText(part.bytes)}`;
  });
  return [limits.join(', ') || '<EMPTY>'];
}

export function inhibitAnyPolicyText(value: Der): string[] {
  return [numberText(primitiveOf(value, tags.integer, 'the limit'))];
}
