/**
 * The page: what is known of a governor, for people.
 */
import { render } from "preact"
import "./style.css"

const App = () => <main>Governor</main>

render(<App />, document.body)
