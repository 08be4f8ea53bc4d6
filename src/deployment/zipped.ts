/** How zips are made. The same files make the same bytes: no time and no user is in them. On Unix, everybody may read a file: Lambda runs as somebody else. */
export const sameBytes = { level: 9, mtime: '1980-01-01T00:00:00', os: 3, attrs: 0o100644 << 16 } as const;
