"""The classes that a light curve can tell apart, in three branches (Sánchez-Sáez et al. 2021, AJ 161 141)."""

from domain.taxonomy import TaxonClass, Taxonomy

LATE = Taxonomy(
    name="late",
    version="1",
    classes=(
        TaxonClass("Transient", "Rises once and fades away."),
        TaxonClass("Stochastic", "Varies without a period."),
        TaxonClass("Periodic", "Repeats itself."),
        TaxonClass("SNIa", "Thermonuclear supernova of a white dwarf.", "Transient"),
        TaxonClass("SNIbc", "Core-collapse supernova that had lost its hydrogen, or its helium too.", "Transient"),
        TaxonClass("SNII", "Core-collapse supernova with hydrogen, of types IIP, IIL, IIb and IIn.", "Transient"),
        TaxonClass("SLSN", "Superluminous supernova, brighter than absolute magnitude about -21.", "Transient"),
        TaxonClass("QSO", "Quasar: an active nucleus that outshines its galaxy.", "Stochastic"),
        TaxonClass("AGN", "Active galactic nucleus whose galaxy is seen.", "Stochastic"),
        TaxonClass("Blazar", "Active nucleus with a jet towards us, such as a BL Lac object.", "Stochastic"),
        TaxonClass("YSO", "Young stellar object.", "Stochastic"),
        TaxonClass("CV/Nova", "Cataclysmic variable or nova: a white dwarf feeds on a companion.", "Stochastic"),
        TaxonClass("LPV", "Long-period variable: Mira and semi-regular giants.", "Periodic"),
        TaxonClass("E", "Eclipsing binary, detached or in contact.", "Periodic"),
        TaxonClass("DSCT", "Delta Scuti star: pulsates within hours.", "Periodic"),
        TaxonClass("RRL", "RR Lyrae star: pulsates within 0.2 to 1 days.", "Periodic"),
        TaxonClass("CEP", "Cepheid, classical or of type II.", "Periodic"),
        TaxonClass("Periodic-Other", "Another periodic star, such as rotating spotted stars.", "Periodic"),
    ),
)
