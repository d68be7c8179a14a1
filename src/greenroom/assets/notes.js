// The speaker's view: loaded by deck.js when it is asked for.
import Notes from "reveal.js/plugin/notes";

window.RevealNotes = Notes;
