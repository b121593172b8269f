export default function Home() {
  return <h1>Get started by editing app/page.js.</h1>;
}
