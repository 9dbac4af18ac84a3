/** Longest pattern that is read, in characters: as long as a path may be. */
export const MAX_PATTERN_LENGTH = 4_096;

/** Most patterns that the braces of one stand for: what a person writes, and no more work than a few dozen patterns. */
export const MAX_ALTERNATIVES = 64;

/** Most patterns of one selection: each is tried on every path of a tree. */
export const MAX_PATTERNS = 100;

/** Paths that are named as near to a pattern that matches none. */
export const NEAR_PATHS = 5;

/** Paths and directories among which near ones are looked for, the first ones of the tree: some 0.1 s of work. */
export const MAX_COMPARED_PATHS = 5_000;

/** Characters of a path that are compared with a pattern. */
export const COMPARED_CHARACTERS = 120;
