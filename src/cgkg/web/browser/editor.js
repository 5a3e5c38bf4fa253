// The editor: Yasqe, with the completers and prefixes of this graph in place of its own.
import { Yasqe } from "@zazuko/yasqe";
import { element } from "./dom.js";
import { kind } from "./terms.js";
import { gettext } from "./words.js";

// What may be completed before the cursor: the last three words, two words, one word or prefixed name.
const PHRASES = [
  /\p{L}[\p{L}\p{N}'-]+ \p{L}[\p{L}\p{N}'-]+ [\p{L}\p{N}'-]+$/u,
  /\p{L}[\p{L}\p{N}'-]+ [\p{L}\p{N}'-]+$/u,
  /[\p{L}\p{N}_][\p{L}\p{N}_:-]*$/u,
];
// Where the editor marks a line that it cannot read.
const MARKS = "gutterErrorBar";
const NOT_HERE = new Set(["comment", "string", "variable-3"]);

/** An editor in the element; `run` is called by Ctrl-Enter. */
export function openEditor(parent, names, run) {
  Yasqe.forkAutocompleter("prefixes", {
    name: "prefixes",
    // A function: without one Yasqe would keep the prefixes under the key of the query.
    persistenceId: () => undefined,
    get: () => Object.entries(names.setup.prefixes).map(([p, iri]) => `${p}: <${iri}>`).sort(),
  });
  Yasqe.registerAutocompleter(completer(names));
  // Its completers of classes and properties ask a public site at each key: they are not among these.
  Yasqe.defaults.autocompleters = ["variables", "prefixes", "terms"];
  Yasqe.defaults.requestConfig.endpoint = names.setup.endpoint;
  const yasqe = new Yasqe(parent, {
    value: "",
    persistenceId: "cgkg-workbench",
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    prefixCcApi: null,
    editorHeight: "19rem",
    screenReaderLabel: gettext("SPARQL query"),
    extraKeys: {
      "Ctrl-Enter": run,
      "Cmd-Enter": run,
      // Tab leaves the editor, as everywhere else on the page.
      Tab: false,
      "Shift-Tab": false,
    },
  });
  yasqe.on("autocompletionShown", () => {
    // Which list it is, for who hears it.
    parent.querySelector(".CodeMirror-hints")?.setAttribute("aria-label", gettext("Names that fit"));
  });
  sayInvalid(yasqe);
  return yasqe;
}

/** Have the mark beside a line that is not SPARQL say so in the page's language. */
function sayInvalid(yasqe) {
  const check = yasqe.checkSyntax.bind(yasqe);
  yasqe.checkSyntax = () => {
    check();
    const said = gettext("This is not SPARQL 1.1 yet; Run says why.");
    yasqe.eachLine((line) => {
      const mark = line.gutterMarkers?.[MARKS];
      if (!mark) return;
      // A copy has no listeners: the editor's own words are in English.
      const ours = mark.cloneNode(true);
      for (const [name, value] of [["title", said], ["role", "img"], ["aria-label", said]]) ours.setAttribute(name, value);
      yasqe.setGutterMarker(line, MARKS, ours);
    });
  };
  yasqe.checkSyntax();
}

function completer(names) {
  // How much of the line the list on show would replace.
  let written = "";
  return {
    name: "terms",
    bulk: false,
    autoShow: true,
    isValidCompletionPosition: (yasqe) => phrases(yasqe).length > 0,
    async get(yasqe) {
      for (written of phrases(yasqe)) {
        const found = await names.matches(written, expected(yasqe, written));
        if (found.length) return found.map((term) => term.iri);
      }
      return [];
    },
    postprocessHints: (yasqe, hints) => hints.map((hint) => suggestion(yasqe, names, hint.text, written)),
  };
}

/** What before the cursor may name a term: the word being written, and before it longer phrases. */
function phrases(yasqe) {
  const cursor = yasqe.getDoc().getCursor();
  if (NOT_HERE.has(yasqe.getTokenAt(cursor).type)) return [];
  const before = yasqe.getDoc().getLine(cursor.line).slice(0, cursor.ch);
  return PHRASES.map((pattern) => before.match(pattern)).filter(Boolean).filter((match) => {
    const left = before.slice(0, match.index);
    // Not in a variable, a name in angle brackets, a language tag or a prefix being declared.
    if (/[?$@<"'\\\p{L}\p{N}_:-]$/u.test(left) || /\bprefix\s+$/i.test(left)) return false;
    // Latin words of one letter would match half the graph.
    return match[0].length > 1 || /\p{Script=Han}/u.test(match[0]);
  }).map((match) => match[0]);
}

/** The kind of term that fits where the word stands: a class after `a`, a property after a subject. */
function expected(yasqe, word) {
  const doc = yasqe.getDoc();
  const cursor = doc.getCursor();
  const before = doc.getRange({ line: 0, ch: 0 }, { line: cursor.line, ch: cursor.ch - word.length });
  const parts = before.match(/<[^>\s]*>|"[^"\n]*"|[{}().;,]|[^\s{}();,"<]+/g) ?? [];
  const last = parts.at(-1)?.replace(/(?<=.)\.$/, "");
  if (last === "a" || last === "rdf:type") return "class";
  if (last === ";" || (!/^[{}().,]$/.test(last ?? ".") && /^[{}.]$|.\.$/.test(parts.at(-2) ?? ""))) return "property";
  return "entity";
}

function suggestion(yasqe, names, iri, word) {
  const term = names.byIri.get(iri);
  const cursor = yasqe.getDoc().getCursor();
  const parts = names.split(iri);
  return {
    text: names.short(iri),
    from: { line: cursor.line, ch: cursor.ch - word.length },
    to: { line: cursor.line, ch: cursor.ch },
    render(item) {
      const labels = [...new Set(Object.values(term.labels))].join(" · ");
      if (labels) item.append(element("span", { class: "hint-label" }, labels));
      item.append(element("span", { class: "hint-name" }, `${names.short(iri)} `, element("i", {}, kind(term))));
    },
    hint(editor, data, hint) {
      editor.replaceRange(hint.text, hint.from, hint.to, "complete");
      if (parts) declare(yasqe, parts[0], names.setup.prefixes[parts[0]]);
    },
  };
}

/** Add a PREFIX line unless the query has it. */
function declare(yasqe, prefix, namespace) {
  if (yasqe.getPrefixesFromQuery()[prefix] === undefined) yasqe.addPrefixes({ [prefix]: namespace });
}

/** Close the list of completions; none opens while `act` moves the cursor. */
export function quietly(yasqe, act = () => {}) {
  yasqe.state.completionActive?.close();
  yasqe.autocomplete = () => {};
  act();
  delete yasqe.autocomplete;
}

/** Underline what stands at a place (line and column from 1, in characters) and put the cursor there. */
export function markError(yasqe, line, column, said) {
  const at = Math.min(line, yasqe.getDoc().lineCount()) - 1;
  const text = yasqe.getDoc().getLine(at);
  // The editor counts characters outside the basic plane twice.
  const ch = [...text].slice(0, Math.max((column ?? 1) - 1, 0)).join("").length;
  const length = text.slice(ch).match(/^[?$@]?[\p{L}\p{N}_:-]+|^<[^>\s]*>?|^["'].*|^\S/u)?.[0].length ?? 0;
  const wrong = length ? [ch, ch + length] : [Math.max(text.trimEnd().length - 1, 0), text.length];
  yasqe.addLineClass(at, "background", "wb-error-line");
  yasqe.addLineClass(at, "gutter", "wb-error-line");
  const [from, to] = wrong.map((each) => ({ line: at, ch: each }));
  yasqe.getDoc().markText(from, to, { className: "wb-error", title: said });
  quietly(yasqe, () => yasqe.getDoc().setCursor({ line: at, ch }));
}

export function clearErrors(yasqe) {
  for (const mark of yasqe.getDoc().getAllMarks()) if (mark.className === "wb-error") mark.clear();
  yasqe.eachLine((line) => {
    yasqe.removeLineClass(line, "background", "wb-error-line");
    yasqe.removeLineClass(line, "gutter", "wb-error-line");
  });
}
