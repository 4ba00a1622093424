Feature: For Task

  Scenario: Each iteration works on the output of the one before
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - sum: {for: {in: .items}, do: [{add: {set: {total: '${ (.total // 0) + $item }'}}}]}
    """
    And given the workflow input is:
    """yaml
    items: [1, 2, 3]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {total: 6}
    """

  Scenario: Its variables can be named
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - sum: {for: {each: x, at: i, in: .items}, do: [{add: {set: {last: '${ $x }', at: '${ $i }'}}}]}
    """
    And given the workflow input is:
    """yaml
    items: [a, b, c]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {last: c, at: 2}
    """

  Scenario: It goes on only while its condition holds
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - sum: {for: {in: .items}, while: '(.total // 0) < 3', do: [{add: {set: {total: '${ (.total // 0) + $item }'}}}]}
    """
    And given the workflow input is:
    """yaml
    items: [1, 2, 3, 4]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {total: 3}
    """

  Scenario: Exit ends an iteration and not the loop
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - each:
          for: {in: .items}
          do:
            - note: {set: {seen: '${ (.seen // []) + [$item] }'}, then: exit}
            - never: {set: {seen: []}}
    """
    And given the workflow input is:
    """yaml
    items: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {seen: [1, 2]}
    """

  Scenario: Without items its input passes
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - each: {for: {in: .items}, do: [{never: {set: {n: 1}}}]}
    """
    And given the workflow input is:
    """yaml
    items: []
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {items: []}
    """

  Scenario: Calls of its iterations follow each other
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - each: {for: {in: .items}, do: [{ask: {call: http, with: {method: get, endpoint: 'https://host/x'}}}]}
    """
    And given the workflow input is:
    """yaml
    items: [1, 2]
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [each/ask#1@0]
    """
    When the answers come:
    """yaml
    - {effect: each/ask#1@0, status: 200, body: a}
    """
    Then the workflow should wait for:
    """yaml
    [each/ask#2@1]
    """
    When the answers come:
    """yaml
    - {effect: each/ask#2@1, status: 200, body: b}
    """
    Then the workflow should complete with output:
    """yaml
    b
    """

  Scenario: What is no array faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: for, version: '1.0.0'}
    do:
      - each: {for: {in: .items}, do: [{never: {set: {n: 1}}}]}
    """
    And given the workflow input is:
    """yaml
    items: {a: 1}
    """
    When the workflow is executed
    Then the workflow should fault with:
    """yaml
    status: 400
    """
