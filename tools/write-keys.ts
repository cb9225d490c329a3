import { writeFileSync } from 'node:fs';
import { keysDocument } from './keys-document.ts';

// docs/keys.md is what the table of bindings says; test/tools/keys-document.test.ts fails when it is stale.
writeFileSync(new URL('../docs/keys.md', import.meta.url), keysDocument());
