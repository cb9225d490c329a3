import type { AlertRule } from '../src/config/alerts.ts';

/** What the demo watches: nothing of it is made up, so that only what the lab really plays raises an alert. */
export const demoRules: readonly AlertRule[] = [
  { name: 'links', when: 'link-down', for: 20 },
  { name: 'standby', when: 'standby-unusable', for: 20 },
  { name: 'certificates', when: 'certificate-expires', days: 30 },
  { name: 'service accounts', when: 'overwrite-by', users: ['svc-*'] },
];
