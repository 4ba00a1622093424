Feature: Fork Task

  Scenario: All branches wait at once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - checks:
          fork:
            branches:
              - a: {call: http, with: {method: get, endpoint: 'https://host/a'}}
              - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [checks/a#1, checks/b#1]
    """

  Scenario: The output is in the order of the branches
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - checks:
          fork:
            branches:
              - a: {call: http, with: {method: get, endpoint: 'https://host/a'}}
              - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: checks/b#1, status: 200, body: second}
    - {effect: checks/a#1, status: 200, body: first}
    """
    Then the workflow should complete with output:
    """yaml
    [first, second]
    """

  Scenario: The first of competing branches gives the output
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - checks:
          fork:
            compete: true
            branches:
              - a: {call: http, with: {method: get, endpoint: 'https://host/a'}}
              - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: checks/b#1, status: 200, body: second}
    """
    Then the workflow should complete with output:
    """yaml
    second
    """

  Scenario: A fault in one branch faults the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - checks:
          fork:
            branches:
              - a: {call: http, with: {method: get, endpoint: 'https://host/a'}}
              - b: {call: http, with: {method: get, endpoint: 'https://host/b'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: checks/b#1, status: 404}
    """
    Then the workflow should fault with:
    """yaml
    status: 404
    """

  Scenario: Each branch gets the input of the fork
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - both: {fork: {branches: [{a: {set: {n: '${ .n + 1 }'}}}, {b: {set: {n: '${ .n + 2 }'}}}]}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{n: 2}, {n: 3}]
    """

  Scenario: A branch may be a list of tasks
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - both: {fork: {branches: [{a: {do: [{one: {set: {n: 1}}}, {two: {set: '${ . + {m: 2} }'}}]}}]}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [{n: 1, m: 2}]
    """

  Scenario: End in a branch ends the workflow
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: fork, version: '1.0.0'}
    do:
      - both: {fork: {branches: [{slow: {wait: PT1H}}, {stop: {set: {stopped: true}, then: end}}]}}
      - never: {set: {n: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {stopped: true}
    """
