// Asks by POST and by GET, with the Accept header that urql sends, and shows what an error comes to.
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";

const url = process.argv[2];
const PAGE = gql`
  query Page($first: Int!, $after: String) {
    objects(first: $first, after: $after, orderBy: [{ field: NAME, direction: ASC }]) {
      nodes { id name }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

for (const preferGetMethod of [false, "force"]) {
  const client = new Client({ url, preferGetMethod, exchanges: [cacheExchange, fetchExchange] });
  const names = [];
  let after = null;
  for (;;) {
    const { data, error } = await client.query(PAGE, { first: 100, after }).toPromise();
    if (error) throw error;
    names.push(...data.objects.nodes.map((node) => node.name));
    if (!data.objects.pageInfo.hasNextPage) break;
    after = data.objects.pageInfo.endCursor;
  }
  const { error } = await client.query(gql`query Bad { objects(first: -1) { nodes { name } } }`, {}).toPromise();
  const code = error?.graphQLErrors?.[0]?.extensions?.code;
  console.log(JSON.stringify({ get: Boolean(preferGetMethod), names, code }));
}
