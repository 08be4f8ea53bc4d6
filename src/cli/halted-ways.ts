/** What can be done about a halted delivery, told wherever it is shown. */
export const waysOn = [
  '  Mended by a newer commit? live-ci skip: the queue goes on, and that commit plans the open units.',
  '  Mended elsewhere, and the code is right? live-ci replay delivers the same commit again, for its open units.',
];
