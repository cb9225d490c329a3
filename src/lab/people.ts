/** A person of the lab's company, with the addresses they may turn up at. */
export interface Person {
  /** Account name, as the domain controller reports it. */
  user: string;
  workstation: string;
  /** At the desk. */
  ip: string;
  /** The same person's notebook on the wireless network. */
  wirelessIp: string;
  groups: readonly string[];
}

/** The lab's domain, NetBIOS form. */
export const domain = 'CORP';

const departments = [
  { code: 'SAL', groups: ['SALES', 'VPN USERS'], subnet: 21 },
  { code: 'ENG', groups: ['ENGINEERING', 'VPN USERS'], subnet: 22 },
  { code: 'FIN', groups: ['FINANCE'], subnet: 23 },
  { code: 'OPS', groups: ['OPERATIONS', 'BACKEND-ONCALL'], subnet: 24 },
  { code: 'HRM', groups: ['HUMAN RESOURCES'], subnet: 25 },
  { code: 'LAB', groups: ['RESEARCH', 'ENGINEERING'], subnet: 26 },
] as const;

const givenNames =
  'anna ben carla david elena farid grace hugo ines jonas keiko lars maria noah olga paul quinn rosa sven tara umar vera will xenia yusuf zoe'.split(
    ' ',
  );
const familyNames =
  'adler bauer costa dubois evans fischer garcia haas ivanov jansen kim lopez meier novak okafor petit quist rossi sato tran ueda vogel weber xu young zhang'.split(
    ' ',
  );
// Names that break sloppy programs are part of any real directory.
const uncommon = ['jürgen.groß', "o'neil", 'łukasz.żak', '佐藤.健', 'marie-ève.côté', 'svc-backup'];

/** The same `count` people each time (at most 6 × 250). */
export function company(count: number): Person[] {
  return Array.from({ length: count }, (_, index) => {
    const department = departments[index % departments.length] ?? departments[0];
    const place = Math.floor(index / departments.length) + 2;
    return {
      user: accountName(index),
      workstation: `PC-${department.code}-${String(place).padStart(3, '0')}`,
      ip: `10.20.${department.subnet}.${place}`,
      wirelessIp: `10.40.${department.subnet}.${place}`,
      groups: [...department.groups.map((group) => `${domain}/${group}`)],
    };
  });
}

function accountName(index: number): string {
  const odd = index % 23 === 7 ? uncommon[Math.floor(index / 23)] : undefined;
  if (odd) return odd;
  const given = givenNames[index % givenNames.length] ?? '';
  const family = familyNames[(index * 7 + Math.floor(index / givenNames.length)) % familyNames.length] ?? '';
  // Every directory has two people of one name; theirs are told apart by a number.
  const namesakes = Math.floor(index / (givenNames.length * familyNames.length));
  return namesakes === 0 ? `${given}.${family}` : `${given}.${family}${namesakes + 1}`;
}

/** The static group map of the lab's collectors: everybody, and each person's department. */
export function staticGroups(people: readonly Person[]): Record<string, string[]> {
  const groups: Record<string, string[]> = { '*': [`${domain}/DOMAIN USERS`] };
  for (const person of people) groups[`${domain}\\${person.user}`] = [...person.groups];
  return groups;
}
