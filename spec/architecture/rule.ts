import type { Import, Sources } from './sources.js';

export interface Rule {
  readonly name: string;
  /** What breaks it. */
  broken(imports: readonly Import[], sources: Sources): readonly string[];
  /** A house that breaks it, at one place. */
  readonly counterExample: Sources;
}

/** A rule against single imports. */
export function forbid(name: string, isForbidden: (one: Import) => boolean, counterExample: Sources): Rule {
  return { name, broken: (imports) => imports.filter(isForbidden).map(arrow), counterExample };
}

export function arrow({ from, to }: Import): string {
  return `${from} → ${to}`;
}
