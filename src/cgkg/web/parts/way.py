"""The pages that stand above that of a thing: what a reader goes back to."""

from __future__ import annotations

from cgkg.presentation.resource import Resource
from cgkg.project.pages import ListSettings
from cgkg.rdf.terms import IRI
from cgkg.rdf.vocab import OWL, SKOS
from cgkg.web.parts.links import list_path
from cgkg.web.parts.listing import said_lists, settings_of
from cgkg.web.parts.members import is_standard
from cgkg.web.parts.view import View

Step = tuple[str, str]


def way_to(view: View, described: Resource) -> list[Step]:
    """Address and name of each page above that of a thing, the front page first.

    Above a part of a document is the document as it is read, above a term are the terms, above
    anything else the list that has it: the project's first, else that of its first class.
    """
    steps = [(view.to("/"), view.gettext("Overview"))]
    document = view.document_of(described.iri)
    if document:
        steps.append((view.to("/read"), view.gettext("Read it through")))
        if document != described.iri:
            steps.append((view.in_place(document), view.label(document)))
        return steps
    if described.iri in view.site.vocabulary.kinds or OWL.Ontology in described.types:
        return [*steps, (view.to("/ontology"), view.gettext("Terms"))]
    steps.append((view.to("/browse"), view.gettext("Browse")))
    above = _list_of(view, described)
    if above:
        name = view.pick(above.name) or view.label(above.of)
        steps.append((view.to(list_path(view.site, above.of)), name[:1].upper() + name[1:]))
    return steps


def _list_of(view: View, described: Resource) -> ListSettings | None:
    """The list that has the thing, or None where it is in none."""
    ends = (e.triple.object for e in described.outgoing if e.triple.predicate == SKOS.inScheme)
    schemes = [end for end in ends if isinstance(end, IRI)]
    said = (each for each in said_lists(view.site) if each.of in (*described.types, *schemes))
    own = schemes or [each for each in described.types if not is_standard(each)]
    return next(said, None) or next((settings_of(view.site, iri) for iri in own), None)
