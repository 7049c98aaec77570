__all__ = [
    "CATALOGS_GQL",
    "CATALOG_SEARCH_GQL",
    "CLASSIFICATIONS_GQL",
    "CLASSIFICATION_HISTORY_GQL",
    "CLASSIFIED_GQL",
    "CLASSIFIED_OBJECTS_GQL",
    "CLASSIFIERS_GQL",
    "CONE_SEARCH_GQL",
    "COUNT_OBJECTS_GQL",
    "CROSSMATCHES_GQL",
    "CROSSMATCH_GQL",
    "DETECTED_GQL",
    "DETECTIONS_GQL",
    "DETECTIONS_IN_REGION_GQL",
    "FEATURES_GQL",
    "FORCED_PHOTOMETRY_OF_GQL",
    "MAGSTATS_GQL",
    "NEIGHBORS_GQL",
    "NIGHTS_GQL",
    "NON_DETECTIONS_GQL",
    "OBJECTS_BY_NAME_GQL",
    "OBJECTS_GQL",
    "OBJECT_BY_NAME_GQL",
    "PACKET_OF_GQL",
    "PERIODOGRAM_OF_GQL",
    "SKYMAP_OBJECTS_GQL",
    "STAMPS_OF_GQL",
    "SURVEYS_GQL",
    "VISIBILITY_OF_GQL",
    "WHOLE_LIGHT_CURVE_GQL",
]

CLASSIFICATIONS_GQL = """
query Classifications($name: String!, $survey: Survey, $classifier: String) {
  object(name: $name, survey: $survey) {
    classifications(classifier: $classifier) {
      ...Classification
    }
  }
}

fragment Classification on Classification {
  classifier
  version
  class
  probability
  probabilities {
    class
    probability
    ranking
  }
  candid
  mjd
  classifiedAt
}
"""

CLASSIFICATION_HISTORY_GQL = """
query ClassificationHistory($name: String!, $survey: Survey, $classifier: String, $first: Int, $after: String) {
  object(name: $name, survey: $survey) {
    classificationHistory(classifier: $classifier, first: $first, after: $after) {
      edges {
        node {
          ...Classification
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment Classification on Classification {
  classifier
  version
  class
  probability
  probabilities {
    class
    probability
    ranking
  }
  candid
  mjd
  classifiedAt
}
"""

FEATURES_GQL = """
query Features($name: String!, $survey: Survey, $names: [String!]) {
  object(name: $name, survey: $survey) {
    features(names: $names) {
      ...Feature
    }
  }
}

fragment Feature on Feature {
  name
  band
  value
  unit
  description
  version
}
"""

CLASSIFIERS_GQL = """
query Classifiers {
  classifiers {
    name
    version
    isCurrent
    kind
    description
    classes {
      name
      description
      parent
      children
    }
  }
}
"""

CLASSIFIED_GQL = """
subscription Classified($where: ClassificationFilter, $after: ID) {
  classified(where: $where, after: $after) {
    ...ClassificationEvent
  }
}

fragment Classification on Classification {
  classifier
  version
  class
  probability
  probabilities {
    class
    probability
    ranking
  }
  candid
  mjd
  classifiedAt
}

fragment ClassificationEvent on ClassificationEvent {
  eventId
  previousClass
  classification {
    ...Classification
  }
  object {
    ...SkyObject
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

DETECTED_GQL = """
subscription Detected($where: ObjectFilter, $after: ID) {
  detected(where: $where, after: $after) {
    ...DetectionEvent
  }
}

fragment Detection on Detection {
  candid
  mjd
  time
  band
  ra
  dec
  isPositive
  magnitude
  magnitudeError
  apparentMagnitude
  apparentMagnitudeError
  apparentMagnitudeErrorExtended
  flux
  fluxError
  limitingMagnitude
  realBogus
  deepRealBogus
  corrected
  dubious
  hasStamps
}

fragment DetectionEvent on DetectionEvent {
  eventId
  detection {
    ...Detection
  }
  object {
    ...SkyObject
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

WHOLE_LIGHT_CURVE_GQL = """
query WholeLightCurve($name: String!, $survey: Survey, $bands: [Band!], $afterMjd: Float, $beforeMjd: Float) {
  object(name: $name, survey: $survey) {
    ...SkyObject
    lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd) {
      detections {
        ...Detection
      }
      nonDetections {
        ...NonDetection
      }
      forcedPhotometry {
        ...ForcedPhotometry
      }
    }
  }
}

fragment Detection on Detection {
  candid
  mjd
  time
  band
  ra
  dec
  isPositive
  magnitude
  magnitudeError
  apparentMagnitude
  apparentMagnitudeError
  apparentMagnitudeErrorExtended
  flux
  fluxError
  limitingMagnitude
  realBogus
  deepRealBogus
  corrected
  dubious
  hasStamps
}

fragment ForcedPhotometry on ForcedPhotometry {
  mjd
  time
  band
  flux
  fluxError
  magnitude
  magnitudeError
  isPositive
  apparentMagnitude
  apparentMagnitudeError
  limitingMagnitude
}

fragment NonDetection on NonDetection {
  mjd
  time
  band
  limitingMagnitude
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

DETECTIONS_GQL = """
query Detections($name: String!, $survey: Survey, $bands: [Band!], $afterMjd: Float, $beforeMjd: Float) {
  object(name: $name, survey: $survey) {
    lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd) {
      detections {
        ...Detection
      }
    }
  }
}

fragment Detection on Detection {
  candid
  mjd
  time
  band
  ra
  dec
  isPositive
  magnitude
  magnitudeError
  apparentMagnitude
  apparentMagnitudeError
  apparentMagnitudeErrorExtended
  flux
  fluxError
  limitingMagnitude
  realBogus
  deepRealBogus
  corrected
  dubious
  hasStamps
}
"""

NON_DETECTIONS_GQL = """
query NonDetections($name: String!, $survey: Survey, $bands: [Band!], $afterMjd: Float, $beforeMjd: Float) {
  object(name: $name, survey: $survey) {
    lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd) {
      nonDetections {
        ...NonDetection
      }
    }
  }
}

fragment NonDetection on NonDetection {
  mjd
  time
  band
  limitingMagnitude
}
"""

FORCED_PHOTOMETRY_OF_GQL = """
query ForcedPhotometryOf($name: String!, $survey: Survey, $bands: [Band!], $afterMjd: Float, $beforeMjd: Float) {
  object(name: $name, survey: $survey) {
    lightCurve(bands: $bands, afterMjd: $afterMjd, beforeMjd: $beforeMjd) {
      forcedPhotometry {
        ...ForcedPhotometry
      }
    }
  }
}

fragment ForcedPhotometry on ForcedPhotometry {
  mjd
  time
  band
  flux
  fluxError
  magnitude
  magnitudeError
  isPositive
  apparentMagnitude
  apparentMagnitudeError
  limitingMagnitude
}
"""

DETECTIONS_IN_REGION_GQL = """
query DetectionsInRegion($region: RegionInput!, $afterMjd: Float!, $beforeMjd: Float!, $first: Int, $after: String) {
  detections(
    region: $region
    afterMjd: $afterMjd
    beforeMjd: $beforeMjd
    first: $first
    after: $after
  ) {
    edges {
      node {
        ...Detection
      }
      object {
        survey
        name
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment Detection on Detection {
  candid
  mjd
  time
  band
  ra
  dec
  isPositive
  magnitude
  magnitudeError
  apparentMagnitude
  apparentMagnitudeError
  apparentMagnitudeErrorExtended
  flux
  fluxError
  limitingMagnitude
  realBogus
  deepRealBogus
  corrected
  dubious
  hasStamps
}
"""

MAGSTATS_GQL = """
query Magstats($name: String!, $survey: Survey) {
  object(name: $name, survey: $survey) {
    bandStatistics {
      ...BandStatistics
    }
  }
}

fragment BandStatistics on BandStatistics {
  band
  detectionCount
  dubiousCount
  firstMjd
  lastMjd
  magnitudeMean
  magnitudeMedian
  magnitudeMin
  magnitudeMax
  magnitudeSigma
  magnitudeFirst
  magnitudeLast
  apparentMagnitudeMean
  apparentMagnitudeMedian
  apparentMagnitudeMin
  apparentMagnitudeMax
  riseRate
  saturationRate
}
"""

PERIODOGRAM_OF_GQL = """
query PeriodogramOf($name: String!, $survey: Survey) {
  object(name: $name, survey: $survey) {
    periodogram {
      periods
      powers
      peaks {
        period
        power
      }
    }
  }
}
"""

VISIBILITY_OF_GQL = """
query VisibilityOf($name: String!, $survey: Survey, $longitude: Float!, $latitude: Float!, $height: Float!, $night: String!) {
  object(name: $name, survey: $survey) {
    visibility(
      longitude: $longitude
      latitude: $latitude
      height: $height
      night: $night
    ) {
      mjd
      altitude
      airmass
      sunAltitude
      moonAltitude
      moonSeparation
      moonIllumination
    }
  }
}
"""

OBJECTS_GQL = """
query Objects($where: ObjectFilter, $orderBy: [ObjectOrder!], $first: Int, $after: String) {
  objects(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...SkyObject
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

CLASSIFIED_OBJECTS_GQL = """
query ClassifiedObjects($where: ObjectFilter, $orderBy: [ObjectOrder!], $first: Int, $after: String, $classifier: String) {
  objects(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...SkyObject
      classifications(classifier: $classifier) {
        ...Classification
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment Classification on Classification {
  classifier
  version
  class
  probability
  probabilities {
    class
    probability
    ranking
  }
  candid
  mjd
  classifiedAt
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

COUNT_OBJECTS_GQL = """
query CountObjects($where: ObjectFilter, $cap: Int) {
  objects(where: $where, first: 0) {
    totalCount(cap: $cap) {
      value
      exact
    }
  }
}
"""

SKYMAP_OBJECTS_GQL = """
query SkymapObjects($where: ObjectFilter, $orderBy: [ObjectOrder!], $first: Int, $after: String) {
  objects(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    edges {
      skymap {
        probabilityDensity
        credibleLevel
      }
      node {
        ...SkyObject
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

OBJECTS_BY_NAME_GQL = """
query ObjectsByName($names: [String!]!, $survey: Survey) {
  objectsByName(names: $names, survey: $survey) {
    ...SkyObject
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

OBJECT_BY_NAME_GQL = """
query ObjectByName($name: String!, $survey: Survey) {
  object(name: $name, survey: $survey) {
    ...SkyObject
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

NEIGHBORS_GQL = """
query Neighbors($name: String!, $survey: Survey, $radius: Float!) {
  object(name: $name, survey: $survey) {
    neighbors(radius: $radius) {
      separation
      object {
        ...SkyObject
      }
    }
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

CONE_SEARCH_GQL = """
query ConeSearch($ra: Float, $dec: Float, $position: String, $radius: Float!, $where: ObjectFilter, $first: Int, $after: String) {
  coneSearch(
    ra: $ra
    dec: $dec
    position: $position
    radius: $radius
    where: $where
    first: $first
    after: $after
  ) {
    edges {
      separation
      node {
        ...SkyObject
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment SkyObject on Object {
  id
  survey
  name
  ra
  dec
  detectionCount
  nonDetectionCount
  firstMjd
  lastMjd
  firstTime
  lastTime
  corrected
  stellar
  meanColor
  meanApparentColor
}
"""

CROSSMATCH_GQL = """
query Crossmatch($positions: [PositionInput!]!, $radius: Float!, $nearest: Int, $where: ObjectFilter) {
  crossmatch(
    positions: $positions
    radius: $radius
    nearest: $nearest
    where: $where
  ) {
    ra
    dec
    matches {
      separation
      object {
        survey
        name
        ra
        dec
        detectionCount
        firstMjd
        lastMjd
      }
    }
  }
}
"""

CATALOGS_GQL = """
query Catalogs {
  catalogs {
    name
    description
    rows
    defaultRadius
    columns {
      name
      unit
      description
    }
  }
}
"""

CATALOG_SEARCH_GQL = """
query CatalogSearch($ra: Float!, $dec: Float!, $catalogs: [String!], $radius: Float!) {
  catalogSearch(ra: $ra, dec: $dec, catalogs: $catalogs, radius: $radius) {
    ...CatalogSource
  }
}

fragment CatalogSource on CatalogMatch {
  catalog
  sourceId
  ra
  dec
  separation
  values {
    name
    value
    unit
  }
}
"""

CROSSMATCHES_GQL = """
query Crossmatches($name: String!, $survey: Survey, $catalogs: [String!], $radius: Float) {
  object(name: $name, survey: $survey) {
    crossmatches(catalogs: $catalogs, radius: $radius) {
      ...CatalogSource
    }
  }
}

fragment CatalogSource on CatalogMatch {
  catalog
  sourceId
  ra
  dec
  separation
  values {
    name
    value
    unit
  }
}
"""

STAMPS_OF_GQL = """
query StampsOf($name: String!, $survey: Survey, $candid: ID) {
  object(name: $name, survey: $survey) {
    survey
    name
    stamps(candid: $candid) {
      candid
      mjd
      band
      science: stamp(kind: SCIENCE) {
        ...StampImage
      }
      template: stamp(kind: TEMPLATE) {
        ...StampImage
      }
      difference: stamp(kind: DIFFERENCE) {
        ...StampImage
      }
    }
  }
}

fragment StampImage on Stamp {
  kind
  width
  height
  fitsUrl
  pixels
}
"""

PACKET_OF_GQL = """
query PacketOf($name: String!, $survey: Survey, $candid: ID) {
  object(name: $name, survey: $survey) {
    packet(candid: $candid) {
      candid
      mjd
      band
      fields {
        name
        value
      }
    }
  }
}
"""

SURVEYS_GQL = """
query Surveys {
  surveys {
    survey
    objectCount
    lastAlertTime
    lastIngestedAt
    deadLetterCount
  }
}
"""

NIGHTS_GQL = """
query Nights($survey: Survey, $first: Int, $after: String) {
  nights(survey: $survey, first: $first, after: $after) {
    edges {
      node {
        survey
        night
        alerts
        stored
        deadLetters
        classified
        latencyP50
        latencyP95
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
"""
