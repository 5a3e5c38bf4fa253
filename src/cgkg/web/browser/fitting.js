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

/** The columns that hold numbers only, and at least one. */
export function numbersOf({ variables, rows }) {
  return variables.filter((name) => {
    const held = rows.map((row) => row[name]).filter(Boolean);
    return held.length > 0 && held.every((term) => numeric(term) !== undefined);
  });
}
