// Which answers a picture can show; light, so that drawing libraries load only when one is drawn.
import { isIri, numeric } from "./cells.js";

// What people call the parts of a triple.
const PARTS = [/^(s|subj|subject)$/i, /^(p|pred|predicate|prop|property|relation)$/i, /^(o|obj|object|value)$/i];

/**
 * Which columns make an edge: [from, label, to], or undefined where the answer is no network.
 * Columns named like the parts of a triple are one; otherwise the first two columns of IRIs an edge.
 */
export function edgesOf(answer) {
  if (answer.kind === "graph") return answer.variables;
  const { variables, rows } = answer;
  if (!rows.length) return undefined;
  const all = (name) => rows.every((row) => !row[name] || isIri(row[name])) && rows.some((row) => row[name]);
  const triple = PARTS.map((pattern) => variables.find((name) => pattern.test(name)));
  if (triple.every(Boolean) && all(triple[1])) return triple;
  const iris = variables.filter(all);
  return iris.length >= 2 ? [iris[0], undefined, iris[1]] : undefined;
}

/**
 * The columns of texts that only name what another column of the row links to: by column, the other
 * one, and whether each text is the very name that the link shows.
 */
export function namingOf({ kind, variables, rows }, names) {
  const found = new Map();
  if (kind !== "bindings") return found;
  const labels = (term) => Object.values(names.byIri.get(term.value)?.labels ?? {});
  for (const name of variables) {
    const held = rows.filter((row) => row[name]);
    if (!held.length || held.some((row) => row[name].type !== "literal")) continue;
    const of = variables.find((each) => held.every((row) => isIri(row[each]) && labels(row[each]).includes(row[name].value)));
    if (of === undefined) continue;
    found.set(name, { of, same: held.every((row) => names.label(row[of].value) === row[name].value) });
  }
  return found;
}

/** The columns that hold numbers only, and at least one. */
export function numbersOf({ variables, rows }) {
  return variables.filter((name) => {
    const held = rows.map((row) => row[name]).filter(Boolean);
    return held.length > 0 && held.every((term) => numeric(term) !== undefined);
  });
}
