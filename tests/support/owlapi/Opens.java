import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.RDFXMLDocumentFormat;
import org.semanticweb.owlapi.formats.TurtleDocumentFormat;
import org.semanticweb.owlapi.io.FileDocumentSource;
import org.semanticweb.owlapi.io.RDFParserMetaData;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLAnnotation;
import org.semanticweb.owlapi.model.OWLAnnotationProperty;
import org.semanticweb.owlapi.model.OWLDocumentFormat;
import org.semanticweb.owlapi.model.OWLEntity;
import org.semanticweb.owlapi.model.OWLObjectPropertyAssertionAxiom;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyLoaderConfiguration;
import org.semanticweb.owlapi.model.OWLOntologyManager;
import org.semanticweb.owlapi.model.parameters.Imports;
import org.semanticweb.owlapi.profiles.OWL2DLProfile;
import org.semanticweb.owlapi.profiles.OWL2RLProfile;
import org.semanticweb.owlapi.profiles.OWLProfile;
import org.semanticweb.owlapi.profiles.OWLProfileReport;
import org.semanticweb.owlapi.util.AnnotationValueShortFormProvider;
import org.semanticweb.owlapi.util.SimpleIRIMapper;
import org.w3c.dom.Element;

/**
 * Opens ontologies as Protégé does and prints one fact per line for a test to read.
 *
 * <p>--alone loads no import: for a file that holds what it imports.
 *
 * <p>Opens [--catalog FILE] [--alone] [--labels LANG] [--fact SUBJECT PROPERTY OBJECT] [--save FORMAT OUT]
 * FILE...
 */
class Opens {
  private final Map<String, List<String>> options = new HashMap<>();
  private final List<String> files = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    // Protégé lifts the XML parser's limit on entities, and so must a large RDF/XML file's reader.
    System.setProperty("entityExpansionLimit", "100000000");
    Opens opens = new Opens();
    Map<String, Integer> takes = Map.of("--catalog", 1, "--labels", 1, "--fact", 3, "--save", 2, "--alone", 0);
    for (int i = 0; i < arguments.length; i++) {
      Integer count = takes.get(arguments[i]);
      if (count == null) {
        opens.files.add(arguments[i]);
      } else {
        String name = arguments[i];
        opens.options.put(name, List.of(arguments).subList(i + 1, i + 1 + count));
        i += count;
      }
    }
    for (String file : opens.files) {
      opens.open(new File(file));
    }
  }

  private void open(File file) throws Exception {
    System.out.println("file " + file.getName());
    OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
    if (options.containsKey("--catalog")) {
      follow(manager, new File(options.get("--catalog").get(0)));
    }
    OWLOntology ontology;
    try {
      ontology = manager.loadOntologyFromOntologyDocument(new FileDocumentSource(file), settings());
    } catch (Exception error) {
      System.out.println("failed " + String.valueOf(error.getMessage()).split("\n")[0]);
      return;
    }
    System.out.println("loaded " + manager.importsClosure(ontology).count());
    System.out.println("axioms " + ontology.getAxiomCount(Imports.INCLUDED));
    OWLDocumentFormat format = manager.getOntologyFormat(ontology);
    format
        .getOntologyLoaderMetaData()
        .filter(RDFParserMetaData.class::isInstance)
        .map(RDFParserMetaData.class::cast)
        .ifPresent(
            seen -> System.out.println("unparsed " + seen.getUnparsedTriples().count()));
    for (OWLProfile profile : List.of(new OWL2DLProfile(), new OWL2RLProfile())) {
      OWLProfileReport report = profile.checkOntology(ontology);
      System.out.println(profile.getName() + " violations " + report.getViolations().size());
      report.getViolations().stream()
          .limit(20)
          .forEach(one -> System.out.println("  " + one.toString().replace('\n', ' ')));
    }
    if (options.containsKey("--labels")) {
      label(ontology, options.get("--labels").get(0));
    }
    if (options.containsKey("--fact")) {
      explain(ontology, options.get("--fact"));
    }
    if (options.containsKey("--save")) {
      save(manager, ontology, format);
    }
  }

  private OWLOntologyLoaderConfiguration settings() throws Exception {
    OWLOntologyLoaderConfiguration settings = new OWLOntologyLoaderConfiguration();
    if (options.containsKey("--alone")) {
      for (Element line : lines(new File(options.get("--catalog").get(0)))) {
        settings = settings.addIgnoredImport(IRI.create(line.getAttribute("name")));
      }
    }
    return settings;
  }

  private static List<Element> lines(File catalog) throws Exception {
    var found =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(catalog)
            .getElementsByTagName("uri");
    List<Element> lines = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      lines.add((Element) found.item(i));
    }
    return lines;
  }

  private static void follow(OWLOntologyManager manager, File catalog) throws Exception {
    for (Element line : lines(catalog)) {
      IRI place = IRI.create(catalog.getAbsoluteFile().toURI().resolve(line.getAttribute("uri")));
      manager.getIRIMappers().add(new SimpleIRIMapper(IRI.create(line.getAttribute("name")), place));
    }
  }

  /** What Protégé would show for each entity when it renders by rdfs:label in a language. */
  private static void label(OWLOntology ontology, String language) {
    OWLAnnotationProperty label =
        ontology.getOWLOntologyManager().getOWLDataFactory().getRDFSLabel();
    Map<OWLAnnotationProperty, List<String>> languages = new LinkedHashMap<>();
    languages.put(label, List.of(language));
    var names =
        new AnnotationValueShortFormProvider(
            List.of(label), languages, ontology.getOWLOntologyManager(), entity -> "");
    TreeSet<String> nameless = new TreeSet<>();
    long shown = 0;
    for (OWLEntity entity : ontology.signature(Imports.INCLUDED).collect(Collectors.toList())) {
      if (entity.isBuiltIn() || entity.isOWLDatatype()) {
        continue;
      }
      shown++;
      if (names.getShortForm(entity).isEmpty()) {
        nameless.add(entity.getIRI().toString());
      }
    }
    System.out.println("entities " + shown);
    nameless.forEach(name -> System.out.println("nameless " + name));
  }

  /** The annotations that Protégé lists behind the @ of a property assertion. */
  private static void explain(OWLOntology ontology, List<String> fact) {
    ontology
        .axioms(org.semanticweb.owlapi.model.AxiomType.OBJECT_PROPERTY_ASSERTION)
        .filter(axiom -> says(axiom, fact))
        .flatMap(OWLObjectPropertyAssertionAxiom::annotations)
        .map(Opens::written)
        .sorted()
        .forEach(line -> System.out.println("annotation " + line));
  }

  private static boolean says(OWLObjectPropertyAssertionAxiom axiom, List<String> fact) {
    return axiom.getSubject().toStringID().equals(fact.get(0))
        && axiom.getProperty().asOWLObjectProperty().toStringID().equals(fact.get(1))
        && axiom.getObject().toStringID().equals(fact.get(2));
  }

  private static String written(OWLAnnotation annotation) {
    return annotation.getProperty().getIRI() + " " + annotation.getValue();
  }

  private void save(OWLOntologyManager manager, OWLOntology ontology, OWLDocumentFormat from)
      throws Exception {
    OWLDocumentFormat to =
        options.get("--save").get(0).equals("ttl")
            ? new TurtleDocumentFormat()
            : new RDFXMLDocumentFormat();
    if (from.isPrefixOWLDocumentFormat()) {
      to.asPrefixOWLDocumentFormat().copyPrefixesFrom(from.asPrefixOWLDocumentFormat());
    }
    File out = new File(options.get("--save").get(1));
    manager.saveOntology(ontology, to, IRI.create(out));
    System.out.println("saved " + out.getName());
  }
}
