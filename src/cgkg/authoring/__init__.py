"""Files as authors keep them: the ontology in a stable order, edits brought back, new projects."""
