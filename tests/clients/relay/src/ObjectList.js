// What an application of Relay is made of: a query, a list that goes on, and fragments that can be asked for anew.
import { graphql } from "relay-runtime";

graphql`
  query ObjectListQuery($first: Int!) {
    ...ObjectList_query @arguments(first: $first)
  }
`;

graphql`
  fragment ObjectList_query on Query
  @refetchable(queryName: "ObjectListPaginationQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
    objects(first: $first, after: $after, where: { detectionCount: { gte: 1 } }) @connection(key: "ObjectList_objects") {
      edges {
        node {
          id
          name
          ...ObjectList_object
        }
      }
    }
  }
`;

graphql`
  fragment ObjectList_object on Object
  @refetchable(queryName: "ObjectListObjectQuery")
  @argumentDefinitions(answers: { type: "Int", defaultValue: 10 }, answersAfter: { type: "String" }) {
    ra
    dec
    lightCurve {
      columns {
        mjd
        magnitude
      }
    }
    classificationHistory(first: $answers, after: $answersAfter)
      @connection(key: "ObjectList_classificationHistory") {
      edges {
        node {
          class
          probability
        }
      }
    }
  }
`;
