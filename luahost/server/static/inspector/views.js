// The views, one for each tab: `show()` returns elements, `told(message)` takes what comes, `asks` is what it wants.
import { ChartsView } from "./charts.js";
import { ConsoleView } from "./console.js";
import { LogView } from "./log.js";
import { ModulesView } from "./modules.js";
import { ObjectsView } from "./objects.js";
import { ReloadsView } from "./reloads.js";
import { VariablesView } from "./variables.js";

export const VIEWS = [
  { name: "variables", title: "Variables", make: VariablesView },
  { name: "objects", title: "Objects", make: ObjectsView },
  { name: "modules", title: "Modules", make: ModulesView },
  { name: "charts", title: "Charts", make: ChartsView },
  { name: "console", title: "Console", make: ConsoleView },
  { name: "reloads", title: "Reloads", make: ReloadsView, isOfHost: true },
  { name: "log", title: "Log", make: LogView, isOfHost: true },
];

export const viewNamed = (name) => VIEWS.find((view) => view.name === name);
