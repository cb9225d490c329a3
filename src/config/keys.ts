import type * as z from 'zod';
import { configSchema } from './schema.ts';

/** One step into the configuration: a key, or a place in a list. */
export type Step = string | number;

interface Definition {
  type: string;
  shape?: Record<string, z.core.$ZodType>;
  innerType?: z.core.$ZodType;
  out?: z.core.$ZodType;
  element?: z.core.$ZodType;
  valueType?: z.core.$ZodType;
}

/** The schema itself, without its default, its `optional` and its preparation. */
function bare(schema: z.core.$ZodType): Definition {
  const definition = schema._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.out;
  return inner ? bare(inner) : definition;
}

/** The keys known at a place of the configuration; none where there are no fixed keys. */
export function keysAt(path: readonly Step[]): string[] {
  let here = bare(configSchema);
  for (const step of path) {
    const next = here.element ?? here.valueType ?? here.shape?.[step];
    if (!next) return [];
    here = bare(next);
  }
  return Object.keys(here.shape ?? {});
}

/** Every fixed key of the configuration, lists and maps of free names stepped over: `fsso.servers.port`. */
export function allKeys(): string[] {
  const found: string[] = [];
  const visit = (schema: z.core.$ZodType, prefix: string) => {
    const definition = bare(schema);
    const inner = definition.element ?? definition.valueType;
    if (inner) visit(inner, prefix);
    for (const [key, value] of Object.entries(definition.shape ?? {})) {
      const name = prefix === '' ? key : `${prefix}.${key}`;
      found.push(name);
      visit(value, name);
    }
  };
  visit(configSchema, '');
  return found;
}

/** A place as an admin writes it: `fsso[0].servers[1].port`, names that are no plain words in quotes. */
export function pathText(path: readonly Step[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const name = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
