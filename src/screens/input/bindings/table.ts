import { type Binding, needsRows, tableScreens } from '../binding.ts';

export const tableBindings: readonly Binding[] = [
  {
    id: 'table.filter',
    keys: ['/'],
    command: 'filter',
    help: 'Filter the rows while you type: words, -word, field:value, or, ( ), "two words"; Tab completes',
    group: 'Table',
    hint: 'Filter',
    argument: 'filter',
    on: tableScreens,
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openFilter();
      else controls.setFilter(argument);
    },
  },
  {
    id: 'table.sort-left',
    keys: ['<'],
    command: 'sort-left',
    help: 'Sort by the column to the left',
    group: 'Table',
    on: tableScreens,
    run: (controls) => controls.moveSort(-1),
  },
  {
    id: 'table.sort-right',
    keys: ['>'],
    command: 'sort-right',
    help: 'Sort by the column to the right',
    group: 'Table',
    on: tableScreens,
    run: (controls) => controls.moveSort(1),
  },
  {
    id: 'table.sort-flip',
    keys: ['o'],
    command: 'flip',
    help: 'Turn the order round',
    group: 'Table',
    on: tableScreens,
    run: (controls) => controls.flipSort(),
  },
  {
    id: 'table.sort',
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    fixed: true,
    shown: '1-9',
    command: 'sort',
    argument: 'column',
    help: 'Sort by that column, again to turn the order round',
    group: 'Table',
    on: tableScreens,
    run: (controls, { key, argument }) => {
      if (key !== undefined) controls.sortBy(Number(key));
      else if (argument !== undefined) controls.sortByName(argument);
      else controls.tell('Name the column: Tab offers them');
    },
  },
  {
    id: 'table.sort-0',
    keys: ['0'],
    fixed: true,
    command: 'unsort',
    help: 'Sort as at the start',
    group: 'Table',
    on: tableScreens,
    run: (controls) => controls.sortBy(0),
  },
  {
    id: 'table.cards',
    keys: ['b'],
    command: 'cards',
    help: 'Show the EMS connectors as cards, or as a table again',
    group: 'Table',
    hint: 'Cards',
    hintLast: true,
    on: ['connectors'],
    run: (controls) => controls.toggleCards(),
  },
  {
    id: 'table.freeze',
    keys: ['p'],
    command: 'freeze',
    help: 'Freeze all tables, again to go on; nothing that arrives meanwhile is lost',
    group: 'Table',
    hint: 'Freeze',
    hintLast: true,
    run: (controls) => controls.toggleFreeze(),
  },
  {
    id: 'table.export',
    keys: ['ctrl+e'],
    command: 'export',
    argument: 'file',
    help: 'Write the rows that are shown, in their order and with all fields, to a .csv or .json file',
    group: 'Table',
    on: tableScreens,
    run: (controls, { argument }) => {
      if (argument === undefined) controls.openCommandBar('export ');
      else controls.exportView(argument);
    },
  },
  {
    id: 'table.copy-cell',
    keys: ['y'],
    command: 'copy',
    help: 'Copy the cell in the sorted column, through the terminal (OSC 52)',
    group: 'Table',
    on: tableScreens,
    disabled: needsRows,
    run: (controls) => controls.copyCell(),
  },
  {
    id: 'table.copy-row',
    keys: ['Y'],
    command: 'copy-row',
    help: 'Copy the row as JSON, through the terminal (OSC 52)',
    group: 'Table',
    on: tableScreens,
    disabled: needsRows,
    run: (controls) => controls.copyRow(),
  },
];
