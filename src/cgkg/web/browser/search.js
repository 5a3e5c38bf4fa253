// Suggests things by name while somebody types into the box of the search; all works without it.

const PAUSE = 120; // milliseconds without a key before the server is asked

for (const form of document.querySelectorAll("form[data-suggest]")) suggestIn(form);

/** Give a form of the search a list of suggestions: a combobox with a list (WAI-ARIA 1.2). */
function suggestIn(form) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  list.hidden = true;
  form.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  let timer, asking, shown = "";

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(null);
  };

  const chosen = () => list.querySelector("[aria-selected=true]");

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const show = ([, names, told, addresses]) => {
    list.replaceChildren(...names.map((name, place) => option(list.id, place, name, told[place], addresses[place])));
    list.hidden = !names.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(null);
  };

  const ask = async () => {
    const query = input.value.trim();
    asking?.abort();
    if (!query) return close();
    asking = new AbortController();
    const address = new URL(form.dataset.suggest, location.href);
    address.searchParams.set("q", query);
    try {
      const response = await fetch(address, { signal: asking.signal });
      if (!response.ok) return close();
      const found = await response.json();
      if (document.activeElement === input) show(found);
      shown = query;
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  const move = (step) => {
    const options = [...list.children];
    const place = options.indexOf(chosen()) + step;
    // Beyond the ends there is the box itself.
    choose(place < -1 ? options.at(-1) : options[place] ?? null);
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!list.hidden) move(event.key === "ArrowDown" ? 1 : -1);
      else if (list.children.length && input.value.trim() === shown) {
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
      } else ask();
    } else if (event.key === "Enter" && !list.hidden && chosen()) {
      event.preventDefault();
      location.assign(chosen().dataset.address);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
  // The box keeps the focus while an option is pressed, so that the list is still there.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking?.abort();
  });
}

function option(list, place, name, told, address) {
  const item = document.createElement("li");
  item.id = `${list}-${place}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.address = address;
  const also = document.createElement("span");
  also.className = "also";
  also.textContent = told;
  item.append(name, " ", also);
  return item;
}

// A slash leads to the box from anywhere but a place where one writes.
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const input = document.querySelector("form[data-suggest] input[type=search]");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
});
