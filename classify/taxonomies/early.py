"""The classes that the first stamps can tell apart (Carrasco-Davis et al. 2021, AJ 162 231)."""

from domain.taxonomy import TaxonClass, Taxonomy

EARLY = Taxonomy(
    name="early",
    version="1",
    classes=(
        TaxonClass("AGN", "Active galactic nucleus or quasar: a nuclear source that varies at random."),
        TaxonClass("SN", "Supernova of any type: a new source, usually beside or on a galaxy."),
        TaxonClass("VS", "Variable star, including cataclysmic variables and young stars."),
        TaxonClass("asteroid", "Moving body of the solar system, known or not."),
        TaxonClass("bogus", "No source in the sky: an artefact of the detector, the optics or the subtraction."),
    ),
)
