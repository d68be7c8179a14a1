// The editor that a listing becomes: CodeMirror, in the deck's own font and colours. It lies over the listing, whose
// lines are below it all the time and give it its size. The page loads this when somebody begins to edit.
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { python, pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { ChangeSet, EditorState, RangeSetBuilder, StateEffect, StateField, Text } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { highlightTree, tagHighlighter, tags } from "@lezer/highlight";

// --- colours: the classes that Pygments gives in the listing ---

const highlighter = tagHighlighter([
  { tag: tags.keyword, class: "k" },
  { tag: tags.operatorKeyword, class: "ow" },
  { tag: tags.modifier, class: "o" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.lineComment, class: "c1" },
  { tag: tags.number, class: "mi" },
  { tag: tags.string, class: "s2" },
  { tag: tags.escape, class: "se" },
]);

const BUILTINS = new Set(
  `__import__ abs aiter all any bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict
  dir divmod enumerate eval filter float format frozenset getattr globals hasattr hash hex id input int isinstance
  issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed
  round set setattr slice sorted staticmethod str sum super tuple type vars zip`.split(/\s+/),
);

/** The class of what the grammar takes for a name, a string or a sign like any other. */
const classOf = ({ name, parent, prevSibling }, text) => {
  const within = parent?.name;
  if (name === "String") return within === "ExpressionStatement" && /^\w*("""|''')/.test(text) ? "sd" : "";
  if (within === "FormatReplacement" && /^([{}]|FormatConversion)$/.test(name)) return "si";
  if (name === "FormatSpec") return "s2";
  if (within === "Decorator") return name === "At" || prevSibling?.name === "At" ? "nd" : "";
  if (within === "ImportStatement" && /^(VariableName|\.)$/.test(name)) {
    return parent.firstChild.name === "import" || /^(from|\.|VariableName)$/.test(prevSibling.name) ? "nn" : "";
  }
  if (name === "PropertyName" && /^__\w+__$/.test(text)) return "fm";
  if (name !== "VariableName" || within === "FunctionDefinition" || within === "ClassDefinition") return "";
  if (text === "self" || text === "cls") return "bp";
  return BUILTINS.has(text) ? "nb" : "";
};

/** The parts of a text that have a colour, in order: where they begin and end, and their class. */
const colored = (doc) => {
  const tree = pythonLanguage.parser.parse(doc.toString());
  const found = new Map();
  highlightTree(tree, highlighter, (from, to, kind) => found.set(from, [from, to, kind]));
  tree.iterate({
    enter: ({ node, from, to }) => {
      const kind = classOf(node, doc.sliceString(from, to));
      if (kind) found.set(from, [from, to, kind]);
    },
  });
  return [...found.values()].sort(([one], [other]) => one - other);
};

const span = (className, textContent = "") => Object.assign(document.createElement("span"), { className, textContent });

/** A text as the lines of a listing. */
const linesOf = (text) => {
  const doc = Text.of(text.split("\n"));
  const parts = colored(doc);
  const all = document.createDocumentFragment();
  for (let number = 1; number <= doc.lines; number++) {
    const { from, to } = doc.line(number);
    const line = span("line");
    let done = from;
    for (const [first, last, kind] of parts) {
      const [start, end] = [Math.max(first, done), Math.min(last, to)];
      if (start >= end) continue;
      line.append(doc.sliceString(done, start), span(kind, doc.sliceString(start, end)));
      done = end;
    }
    line.append(doc.sliceString(done, to));
    all.append(...(number > 1 ? ["\n"] : []), line);
  }
  return all;
};

const decorate = ({ doc }) => {
  const builder = new RangeSetBuilder();
  const parts = colored(doc);
  for (let number = 1; number <= doc.lines; number++) {
    const { from, to, text } = doc.line(number);
    // What is too wide goes on below, as far in as in the listing.
    builder.add(from, from, Decoration.line({ attributes: { style: `--indent: ${text.search(/\S|$/) + 4}ch` } }));
    while (parts.length && parts[0][0] <= to) {
      const [start, end, kind] = parts.shift();
      builder.add(start, end, Decoration.mark({ class: kind }));
    }
  }
  return builder.finish();
};

const colors = StateField.define({
  create: decorate,
  update: (old, { docChanged, state }) => (docChanged ? decorate(state) : old),
  provide: (field) => EditorView.decorations.from(field),
});

/** Marks the line that raised an error, until something is typed. */
const raise = StateEffect.define();
const raised = StateField.define({
  create: () => Decoration.none,
  update: (old, { docChanged, effects, newDoc }) => {
    const line = effects.find((effect) => effect.is(raise))?.value;
    if (line === undefined) return docChanged ? Decoration.none : old;
    if (!line || line > newDoc.lines) return Decoration.none;
    return Decoration.set(Decoration.line({ class: "raised" }).range(newDoc.line(line).from));
  },
  provide: (field) => EditorView.decorations.from(field),
});

// --- the editor ---

const look = EditorView.theme({
  "&": { height: "100%", color: "inherit", background: "none" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit", overflow: "auto", scrollbarWidth: "thin" },
  ".cm-content": { padding: "0.6em 0", tabSize: "4", caretColor: "var(--code-color)" },
  ".cm-line": { padding: "0 var(--card-padding, 0.9em)" },
  "&.cm-focused .cm-matchingBracket": { background: "none", outline: "1px solid var(--code-comment)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "none", outline: "1px solid var(--code-error)" },
});

/**
 * Begins to edit a text: its state, and what tells where a line of the original, or its end, is in a later one.
 *
 * @param original the listing's text
 * @param label what screen readers call it
 * @param on what is done: `change(state)`, `focus()`, and on keys `run()`, `leave()`, `restore()`
 */
const begin = (original, label, on) => {
  const before = Text.of(original.split("\n"));
  const changes = StateField.define({
    create: ({ doc }) => ChangeSet.empty(doc.length),
    update: (old, { changes: latest, docChanged, newDoc }) => {
      if (!docChanged) return old;
      return newDoc.eq(before) ? ChangeSet.empty(before.length) : old.compose(latest);
    },
  });
  const lineIn = (state, number, end) => {
    const line = before.line(Math.min(number, before.lines));
    return state.doc.lineAt(state.field(changes).mapPos(end ? line.to : line.from, end ? -1 : 1)).number;
  };
  const key = (name, run) => ({ key: name, run: () => (run(), true) });
  const state = EditorState.create({
    doc: before,
    extensions: [
      keymap.of([
        key("Mod-Enter", () => on.run()),
        key("Escape", () => on.leave()),
        key("Mod-Shift-Backspace", () => on.restore()),
        indentWithTab,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      changes,
      colors,
      raised,
      look,
      history(),
      python(),
      bracketMatching(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of(({ docChanged, focusChanged, state, view }) => {
        if (docChanged) on.change(state);
        if (focusChanged && view.hasFocus) on.focus();
      }),
    ],
  });
  return { state, lineIn };
};

window.greenroomEditor = {
  begin,
  linesOf,
  open: (state, parent) => new EditorView({ state, parent }),
  raised: (line) => ({ effects: raise.of(line) }),
  replaced: ({ doc }, text) => ({
    changes: { from: 0, to: doc.length, insert: text },
    annotations: isolateHistory.of("full"),
  }),
};
