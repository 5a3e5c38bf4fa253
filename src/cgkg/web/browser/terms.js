// The graph's names: prefixes, labels by IRI, links to pages, and what completes a word.
import { element } from "./dom.js";
import { gettext, language, pick } from "./words.js";

const LIMIT = 40;
// A local name that needs no escape in SPARQL (PN_LOCAL without dots, percents and backslashes).
const LOCAL = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*$/u;
const HAN = /\p{Script=Han}/u;

export class Names {
  /** @param {{base: string, prefixes: object, terms: string}} setup what the page says */
  constructor(setup) {
    this.setup = setup;
    this.byIri = new Map();
    this.complete = true;
    // Long namespaces first: the longest that fits gives the shortest name.
    this.namespaces = Object.entries(setup.prefixes).sort((a, b) => b[1].length - a[1].length);
  }

  /** Fetch the names once; a graph too large for that is searched at each word. */
  async load() {
    const found = await this.fetch(this.setup.terms);
    this.complete = found.complete;
  }

  async fetch(address) {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    const found = await response.json();
    for (const term of found.terms) {
      const texts = [...Object.values(term.labels), ...term.also, this.short(term.iri)];
      term.texts = texts.map((text) => text.toLowerCase());
      this.byIri.set(term.iri, term);
    }
    return found;
  }

  /** The prefix and local name of an IRI, or undefined if no prefix fits. */
  split(iri) {
    for (const [prefix, namespace] of this.namespaces) {
      if (iri.startsWith(namespace) && LOCAL.test(iri.slice(namespace.length))) {
        return [prefix, iri.slice(namespace.length)];
      }
    }
    return undefined;
  }

  /** The IRI as SPARQL writes it. */
  short(iri) {
    const parts = this.split(iri);
    return parts ? parts.join(":") : `<${iri}>`;
  }

  /** A term of N-Triples as SPARQL writes it. */
  written(term) {
    return term.replace(/^<(.*)>$|(?<="\^\^)<(.*)>$/, (_, iri, datatype) => this.short(iri ?? datatype));
  }

  /** What a reader calls it: its label in the page's language, else in another, else its short name. */
  label(iri) {
    const term = this.byIri.get(iri);
    return (term && pick(term.labels)) || this.short(iri);
  }

  /** Where this site shows it, as Site.path says; other hosts are never linked to directly. */
  path(iri) {
    const base = this.setup.base;
    // What begins with two slashes would be the address of another host.
    const local = base && iri.startsWith(base) && iri.length > base.length && iri[base.length] !== "/";
    const path = local
      ? "/" + encodeURI(iri.slice(base.length)).replace(/%25/g, "%").replace(/[?#[\]]/g, encodeURIComponent)
      : `/resource?iri=${encodeURIComponent(iri)}`;
    if (!this.setup.chosen) return path;
    return `${path}${local ? "?" : "&"}lang=${language}`;
  }

  link(iri) {
    return element("a", { href: this.path(iri), title: iri }, this.label(iri));
  }

  /** The terms that a word may mean, best first; among equals those of the kind expected there. */
  async matches(word, expected) {
    const wanted = word.toLowerCase();
    const among = this.complete
      ? this.byIri.values()
      : (await this.fetch(`${this.setup.terms}?${new URLSearchParams({ q: word })}`)).terms;
    const found = [];
    for (const term of among) {
      const score = this.score(term, wanted, expected);
      if (score !== undefined) found.push([score, term]);
    }
    found.sort((a, b) => a[0] - b[0] || this.label(a[1].iri).localeCompare(this.label(b[1].iri), language));
    return found.slice(0, LIMIT).map(([, term]) => term);
  }

  /**
   * How well a term fits, smaller is better: its kind, then a whole label, its beginning, a later
   * word; then the label with least beside what was written.
   */
  score(term, wanted, expected) {
    const scores = term.texts
      .map((text) => place(text, wanted) + Math.min(text.length, 999) / 1000)
      .filter((each) => each >= 0);
    return scores.length ? Math.min(...scores) + (term.kind === expected ? 0 : 3) : undefined;
  }
}

function place(text, wanted) {
  if (text === wanted) return 0;
  if (text.startsWith(wanted)) return 1;
  const at = text.indexOf(wanted);
  if (at < 0) return -9;
  // Chinese has no spaces between words; elsewhere only the beginning of a word counts.
  if (HAN.test(wanted)) return 2;
  return new RegExp(`[^\\p{L}\\p{N}]${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u").test(text) ? 2 : -9;
}

/** What kind of term it is, in words. */
export function kind(term) {
  return { class: gettext("class"), property: gettext("property"), entity: gettext("entity") }[term.kind];
}
