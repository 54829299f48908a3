// Where both pages begin: the inspector, or one session's variables, as the address says.
import { Inspector } from "./inspector.js";
import { VariablesPage } from "./variables_page.js";

if (location.pathname.endsWith("/variables")) new VariablesPage();
else window.inspector = new Inspector(document.querySelector("meta[name=prefix]").content);
