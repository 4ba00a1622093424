Feature: Wait Task

  Scenario: A wait lets its input pass
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: wait, version: '1.0.0'}
    do:
      - pause: {wait: {seconds: 5}}
      - after: {set: '${ . + {after: true} }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [pause#1]
    """
    When the answers come:
    """yaml
    - {effect: pause#1}
    """
    Then the workflow should complete with output:
    """yaml
    {n: 1, after: true}
    """

  Scenario: Its length may be computed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: wait, version: '1.0.0'}
    do:
      - pause: {wait: '${ "PT\(.n)S" }'}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should wait for:
    """yaml
    [pause#1]
    """
    When the answers come:
    """yaml
    - {effect: pause#1}
    """
    Then the workflow should complete with output:
    """yaml
    {n: 3}
    """

  Scenario: What is no duration faults
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: features, name: wait, version: '1.0.0'}
    do:
      - pause: {wait: '${ .n }'}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should fault with:
    """yaml
    status: 400
    """
