// Triples as a network.
import cytoscape from "cytoscape";
import { caption, isIri } from "./cells.js";
import { colour, element, onTheme } from "./dom.js";
import { edgesOf } from "./fitting.js";
import { gettext, number } from "./words.js";

const MOST_EDGES = 400;

/** Draw the network in the element; what is returned takes it away. */
export function show(parent, answer, names) {
  const columns = edgesOf(answer);
  const rows = answer.rows.filter((row) => row[columns[0]] && row[columns[2]]);
  const drawn = rows.slice(0, MOST_EDGES);
  const elements = network(drawn, columns, names);
  const canvas = element("div", { class: "wb-picture", role: "img", "aria-label": gettext("Network of {things} things and {connections} connections; the table says the same.", { things: elements.nodes.length, connections: elements.edges.length }) });
  const note = drawn.length < rows.length
    ? gettext("Only the first {drawn} of {count} connections are drawn.", { drawn: number(MOST_EDGES), count: number(rows.length) })
    : gettext("Drag to move, pinch or use the buttons to zoom; choose a thing to go to its page.");
  const cy = cytoscape({
    container: parent.appendChild(canvas),
    elements,
    style: style(),
    layout: { name: "cose", animate: false, padding: 20, nodeRepulsion: () => 60000, idealEdgeLength: () => 90, randomize: true, nodeDimensionsIncludeLabels: true },
    minZoom: 0.1,
    maxZoom: 4,
    // The wheel scrolls the page; zooming has buttons that keys reach too.
    userZoomingEnabled: matchMedia("(pointer: coarse)").matches,
  });
  cy.on("tap", "node", (event) => {
    const { path } = event.target.data();
    if (path) window.location.assign(path);
  });
  parent.append(zooming(cy), element("p", { class: "quiet" }, note));
  const stop = onTheme(() => cy.style(style()));
  const sized = new ResizeObserver(() => cy.resize().fit(undefined, 20));
  sized.observe(canvas);
  return () => { stop(); sized.disconnect(); cy.destroy(); };
}

function zooming(cy) {
  const button = (text, label, act) => element("button", { type: "button", class: "plain-button", "aria-label": label, click: act }, text);
  const by = (factor) => () => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  return element("div", { class: "wb-zoom" },
    button("+", gettext("Larger"), by(1.3)),
    button("−", gettext("Smaller"), by(1 / 1.3)),
    button(gettext("Whole"), gettext("Show the whole network"), () => cy.fit(undefined, 20)),
  );
}

function network(rows, [from, by, to], names) {
  const nodes = new Map();
  const node = (term, row) => {
    // A literal belongs to its row: two things of 300 km are not connected by that.
    const id = isIri(term) || term.type === "bnode" ? `${term.type}:${term.value}` : `literal:${row}`;
    if (!nodes.has(id)) {
      nodes.set(id, { data: {
        id, label: shortened(caption(term, names)), kind: isIri(term) ? "iri" : term.type,
        path: isIri(term) ? names.path(term.value) : undefined,
      } });
    }
    return id;
  };
  const edges = rows.map((row, index) => ({ data: {
    id: `edge:${index}`, source: node(row[from], index), target: node(row[to], index),
    label: by ? shortened(caption(row[by], names)) : "",
  } }));
  return { nodes: [...nodes.values()], edges };
}

function shortened(text) {
  return text.length > 42 ? `${text.slice(0, 40)}…` : text;
}

function style() {
  const font = getComputedStyle(document.body).fontFamily;
  return [
    { selector: "node", style: {
      label: "data(label)", "font-family": font, "font-size": 12, color: colour("ink"), "text-wrap": "wrap", "text-max-width": 120,
      "text-valign": "bottom", "text-margin-y": 3, width: 16, height: 16, "background-color": colour("link"),
    } },
    { selector: "node[kind = 'literal']", style: { shape: "round-rectangle", "background-color": colour("interpreted"), width: 10, height: 10 } },
    { selector: "node[kind = 'bnode']", style: { "background-color": colour("soft"), width: 8, height: 8 } },
    { selector: "edge", style: {
      width: 1, "line-color": colour("soft"), "line-opacity": 0.55, "target-arrow-color": colour("soft"), "target-arrow-shape": "triangle", "arrow-scale": 0.8,
      "curve-style": "bezier", label: "data(label)", "font-family": font, "font-size": 10, color: colour("soft"),
      "text-background-color": colour("card"), "text-background-opacity": 0.85, "text-background-padding": 1,
      "text-rotation": "autorotate",
    } },
  ];
}
