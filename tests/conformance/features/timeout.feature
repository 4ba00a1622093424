Feature: Timeout

  Scenario: A task in time needs its deadline no more
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: timeout, version: '1.0.0'}
    do:
      - ask: {timeout: {after: PT5S}, call: http, with: {method: get, endpoint: 'https://host/'}}
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [ask#1!timeout, ask#1]
    """
    When the answers come:
    """yaml
    - {effect: ask#1, status: 200, body: fine}
    """
    Then the workflow should complete with output:
    """yaml
    fine
    """

  Scenario: A task that takes longer faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: timeout, version: '1.0.0'}
    do:
      - ask: {timeout: {after: PT5S}, call: http, with: {method: get, endpoint: 'https://host/'}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: ask#1!timeout}
    """
    Then the workflow should fault with:
    """yaml
    {status: 408, type: "https://open-workflow-specification.org/spec/1.0.0/errors/timeout", instance: /do/0/ask}
    """

  Scenario: A try around the task catches it
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: timeout, version: '1.0.0'}
    do:
      - safe:
          try: [{ask: {timeout: {after: PT5S}, call: http, with: {method: get, endpoint: 'https://host/'}}}]
          catch: {errors: {with: {status: 408}}, do: [{note: {set: {late: true}}}]}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: safe/ask#1!timeout}
    """
    Then the workflow should complete with output:
    """yaml
    {late: true}
    """

  Scenario: The deadline of a list of tasks ends what is inside
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: timeout, version: '1.0.0'}
    do:
      - part: {timeout: {after: PT5S}, do: [{one: {wait: PT1S}}, {two: {wait: PT1H}}]}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: part/one#1}
    - {effect: part#1!timeout}
    """
    Then the workflow should fault with:
    """yaml
    status: 408
    """

  Scenario: A retry gives the time anew
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: timeout, version: '1.0.0'}
    do:
      - safe:
          try: [{ask: {timeout: {after: PT5S}, call: http, with: {method: get, endpoint: 'https://host/'}}}]
          catch: {retry: {limit: {attempt: {count: 1}}}}
    """
    When the workflow is executed
    When the answers come:
    """yaml
    - {effect: safe/ask#1!timeout}
    - {effect: safe/ask#1, status: 200, body: fine}
    """
    Then the workflow should complete with output:
    """yaml
    fine
    """
