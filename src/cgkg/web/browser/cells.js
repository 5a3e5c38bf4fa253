// One term of an answer, as text and as a node.
import { element } from "./dom.js";

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMERIC = new Set(
  ["integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger", "positiveInteger"].map(
    (name) => XSD + name,
  ),
);

export const isIri = (term) => term?.type === "uri";

/** The number a literal stands for, or undefined. */
export function numeric(term) {
  if (!NUMERIC.has(term?.datatype)) return undefined;
  const value = Number(term.value);
  return Number.isFinite(value) ? value : undefined;
}

/** What to sort and search by. */
export function plain(term, names) {
  if (!term) return "";
  if (isIri(term)) return `${names.label(term.value)} ${names.short(term.value)}`;
  return term.type === "bnode" ? `_:${term.value}` : String(term.value?.value ?? term.value);
}

/** A name for it in a picture. */
export function caption(term, names) {
  return isIri(term) ? names.label(term.value) : plain(term, names);
}

export function cell(term, names) {
  if (!term) return document.createTextNode("");
  if (isIri(term)) return names.link(term.value);
  if (term.type === "triple") return quoted(term.value, names);
  if (term.type === "bnode") return document.createTextNode(`_:${term.value}`);
  const text = element("span", { class: "literal", lang: term["xml:lang"] }, term.value);
  if (numeric(term) !== undefined) text.classList.add("number");
  const tag = term["xml:lang"] ?? (term.datatype && numeric(term) === undefined && term.datatype !== `${XSD}string`
    ? names.short(term.datatype) : undefined);
  return element("span", {}, text, ...(tag ? [" ", element("span", { class: "tag" }, tag)] : []));
}

function quoted(triple, names) {
  const parts = [triple.subject, triple.predicate, triple.object].map((each) => cell(each, names));
  return element("span", {}, "<< ", parts[0], " ", parts[1], " ", parts[2], " >>");
}
