// Reads every object page by page, as an application would, and then again by the hashes of its documents.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";

const uri = process.argv[2];

const PAGE = gql`
  query Page($first: Int!, $after: String) {
    objects(first: $first, after: $after, orderBy: [{ field: NAME, direction: ASC }]) {
      edges { cursor node { id name ra lightCurve { columns { mjd } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const BAD = gql`query Bad { objects(first: -1) { nodes { name } } }`;

const cacheOf = () =>
  new InMemoryCache({ typePolicies: { Query: { fields: { objects: relayStylePagination(["orderBy"]) } } } });

async function pages(client) {
  const names = [];
  let after = null;
  let count = 0;
  do {
    const { data } = await client.query({ query: PAGE, variables: { first: 100, after }, fetchPolicy: "network-only" });
    const page = data.objects;
    after = page.pageInfo.endCursor;
    count += 1;
    names.splice(0, names.length, ...page.edges.map((edge) => edge.node.name));
    if (!page.pageInfo.hasNextPage) break;
  } while (count < 20);
  return { names, pages: count };
}

const plain = new ApolloClient({ link: new HttpLink({ uri }), cache: cacheOf() });
console.log(JSON.stringify({ link: "plain", ...(await pages(plain)) }));

const sent = [];
const watched = (address, options) => {
  sent.push({ method: options.method, query: (options.body ?? address).includes("query Page") || String(address).includes("query=") });
  return fetch(address, options);
};
const hashed = new ApolloClient({
  link: ApolloLink.from([
    new PersistedQueryLink({
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries: true,
    }),
    new HttpLink({ uri, fetch: watched }),
  ]),
  cache: cacheOf(),
});
console.log(JSON.stringify({ link: "hashed", ...(await pages(hashed)), sent }));

let code = null;
try {
  await plain.query({ query: BAD });
} catch (error) {
  code = error.errors?.[0]?.extensions?.code ?? String(error);
}
console.log(JSON.stringify({ code }));
