"""What is asked of the server, as GraphQL."""

CLASSIFIERS = """
query TomClassifiers {
  classifiers {
    name
    version
    isCurrent
    description
    classes { name description parent children }
  }
}
"""

CHECK = """
query TomCheck($where: ObjectFilter, $orderBy: [ObjectOrder!]) {
  objects(where: $where, orderBy: $orderBy, first: 0) {
    pageInfo { hasNextPage }
  }
}
"""

SUMMARY = """
fragment TomSummary on Object {
  survey
  name
  ra
  dec
  detectionCount
  firstMjd
  lastMjd
  classifications { classifier version class probability }
  neighbors(radius: 1) { separation object { survey name } }
}
"""
"""An object as a search lists it. Neighbours within an arcsecond are the same source in other surveys."""

SEARCH = (
    """
query TomSearch($where: ObjectFilter, $orderBy: [ObjectOrder!], $first: Int!, $after: String) {
  objects(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { ...TomSummary }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + SUMMARY
)

NAMES_NEAR = """
query TomNamesNear($ra: Float!, $dec: Float!) {
  coneSearch(ra: $ra, dec: $dec, radius: 1, first: 10) {
    edges { node { survey name } }
  }
}
"""

POINTS = """
fragment TomPoints on Object {
  lightCurve {
    detections {
      candid time band magnitude magnitudeError flux fluxError isPositive limitingMagnitude
      apparentMagnitude apparentMagnitudeError dubious
    }
    nonDetections { time band limitingMagnitude }
    forcedPhotometry {
      time band flux fluxError magnitude magnitudeError isPositive limitingMagnitude
      apparentMagnitude apparentMagnitudeError
    }
  }
}
"""

LIGHT_CURVES = (
    """
query TomLightCurves($names: [String!]!) {
  objects(where: { names: $names }, first: 20) {
    nodes {
      survey
      name
      neighbors(radius: 1) { object { survey name } }
      ...TomPoints
    }
  }
}
"""
    + POINTS
)

TARGET = """
query TomTarget($names: [String!]!) {
  objects(where: { names: $names }, first: 5) {
    nodes {
      survey
      name
      ra
      dec
      detectionCount
      nonDetectionCount
      firstTime
      lastTime
      classifications {
        classifier version classifiedAt
        probabilities { class probability ranking }
      }
      stamps { candid mjd band }
      lightCurve { detections { candid mjd band hasStamps } }
      links { name url }
    }
  }
}
"""

CLASSIFIED = (
    """
subscription TomClassified($where: ClassificationFilter, $after: ID) {
  classified(where: $where, after: $after) {
    eventId
    previousClass
    classification { classifier version class probability candid mjd }
    object { ...TomSummary ...TomPoints }
  }
}
"""
    + SUMMARY
    + POINTS
)
"""With all that a handler needs, so that it asks nothing while it holds a transaction."""

DETECTED = (
    """
subscription TomDetected($where: ObjectFilter, $after: ID) {
  detected(where: $where, after: $after) {
    eventId
    detection { candid mjd band magnitude magnitudeError }
    object { ...TomSummary ...TomPoints }
  }
}
"""
    + SUMMARY
    + POINTS
)
