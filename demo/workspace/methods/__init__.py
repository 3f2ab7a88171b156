"""The Web API's methods, one module for each noun: requests on the state, arguments in, Slack's answer out."""
